import { PiccoloError } from '../../../errors/index.js'
import { nameSchema, nodeListSchema, type NodeListEntry } from '../../../model/index.js'
import type { CertificateAuthority, Disk } from '../../../spi/index.js'
import type { MasterContext } from '../../context.js'
import type { Views } from '../../views.js'
import { workLoop } from '../../work-loop.js'
import { enterNodes, nodeIdOf } from './enter-nodes.js'
import { manifestError, type Problem } from '../intake/problem.js'
import { readYaml } from '../intake/yaml-text.js'
import { schemaProblems } from '../intake/zod-problems.js'
import { fillTokenFiles } from './token-files.js'

export interface NodeListOptions {
  readonly disk: Disk
  /** Name of the file on that disk. */
  readonly path: string
  /** Its name for people. */
  readonly shownAs: string
  /** Makes the tokens for `credentials.tokenFile`. */
  readonly authority: CertificateAuthority
  readonly signal: AbortSignal
}

/** Reads node.yaml; throws `invalid-manifest` with every problem. */
export function parseNodeList(file: string, text: string): readonly NodeListEntry[] {
  const problems: Problem[] = []
  const documents = readYaml(file, text, problems)
  const [document, second] = documents
  if (document === undefined && problems.length === 0) problems.push({ file, line: 1, column: 1, path: '', message: 'expected a mapping with "nodes"' })
  if (second !== undefined) problems.push(second.problemAt([], 'expected one document'))
  const parsed = document === undefined ? undefined : nodeListSchema.safeParse(document.value, { reportInput: true })
  if (document !== undefined && parsed?.success === false) {
    for (const { path, message } of schemaProblems(parsed.error)) problems.push(document.problemAt(path, message))
  }
  const entries = parsed?.success === true ? parsed.data.nodes : []
  const seen = new Set<string>()
  entries.forEach((entry, index) => {
    const unfit = nameSchema.safeParse(nodeIdOf(entry)).error?.issues[0]
    if (unfit !== undefined && document !== undefined) problems.push(document.problemAt(['nodes', index, 'hostname'], `${unfit.message}; or give it a "name" beside its host name`))
    if (seen.has(nodeIdOf(entry)) && document !== undefined) problems.push(document.problemAt(['nodes', index], `expected each node once, found "${nodeIdOf(entry)}" again`))
    seen.add(nodeIdOf(entry))
  })
  if (problems.length > 0) throw manifestError(problems)
  return entries
}

/** Brings `nodes/` in line with node.yaml now and whenever the file changes. A file that turns bad changes nothing and is told once. */
export async function followNodeList(context: MasterContext, views: Pick<Views, 'caughtUpWith'>, { disk, path, shownAs, authority, signal }: NodeListOptions): Promise<{ readonly ended: Promise<void> }> {
  const { logger } = context
  const load = async (): Promise<void> => {
    const bytes = await disk.read(path, signal)
    if (bytes === undefined) throw new PiccoloError('not-found', `There is no ${shownAs}; create it (docs/node-yaml.md has an example) or leave out "nodes".`)
    const entries = parseNodeList(shownAs, new TextDecoder().decode(bytes))
    await enterNodes(context, views, entries, signal)
    await fillTokenFiles(context, entries.map((entry) => ({ id: nodeIdOf(entry), entry })), { disk, authority, signal })
  }
  const reload = async (): Promise<void> => {
    try {
      await load()
      logger.info({ file: shownAs }, 'node list loaded')
    } catch (error) {
      if (signal.aborted || !PiccoloError.is(error) || isOfTheStore(error)) throw error
      logger.error({ file: shownAs, reason: error.message }, 'node list refused; the one before stays in force')
    }
  }
  const loop = workLoop({ ...context, step: reload, signal })
  // Watched before it is read, or a change in between would go unseen.
  let changed = (): void => { missed = true }
  let missed = false
  const cancel = disk.watch(path, () => { changed() })
  try {
    await load()
  } catch (error) {
    cancel()
    throw error
  }
  changed = loop.wake
  if (missed) loop.wake()
  return { ended: loop.ended.finally(cancel) }
}

/** What another attempt mends, or what ends this master. Everything else is the file's trouble, and waits for a person. */
function isOfTheStore({ code, details }: PiccoloError): boolean {
  return code === 'unavailable' || code === 'deadline-exceeded' || code === 'conflict' || details['reason'] === 'term-lost'
}
