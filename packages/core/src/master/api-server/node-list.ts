import { PiccoloError } from '../../errors/index.js'
import { nameSchema, nodeListSchema, type NodeListEntry } from '../../model/index.js'
import type { NodeRecord } from '../../model/records/index.js'
import { canonicalJson, type Stored } from '../../store/index.js'
import type { CertificateAuthority, Disk, Mutation, Precondition } from '../../spi/index.js'
import type { MasterContext } from '../context.js'
import { tables } from '../tables.js'
import { workLoop } from '../work-loop.js'
import { manifestError, type Problem } from './intake/problem.js'
import { readYaml } from './intake/yaml-text.js'
import { schemaProblems } from './intake/zod-problems.js'
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
    const unfit = nameSchema.safeParse(nameOf(entry)).error?.issues[0]
    if (unfit !== undefined && document !== undefined) problems.push(document.problemAt(['nodes', index, 'hostname'], `${unfit.message}; or give it a "name" beside its host name`))
    if (seen.has(nameOf(entry)) && document !== undefined) problems.push(document.problemAt(['nodes', index], `expected each node once, found "${nameOf(entry)}" again`))
    seen.add(nameOf(entry))
  })
  if (problems.length > 0) throw manifestError(problems)
  return entries
}

/** Brings `nodes/` in line with node.yaml now and whenever the file changes. A file that turns bad changes nothing and is told once. */
export async function followNodeList(context: MasterContext, { disk, path, shownAs, authority, signal }: NodeListOptions): Promise<{ readonly ended: Promise<void> }> {
  const { logger } = context
  const load = async (): Promise<void> => {
    const bytes = await disk.read(path, signal)
    if (bytes === undefined) throw new PiccoloError('not-found', `There is no ${shownAs}; create it (docs/node-yaml.md has an example) or leave out "nodes".`)
    const entries = parseNodeList(shownAs, new TextDecoder().decode(bytes))
    await enter(context, entries, signal)
    await fillTokenFiles(context, entries.map((entry) => ({ id: nameOf(entry), entry })), { disk, authority, signal })
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

/** Entries of the file are registered or updated; expected nodes that left the file go; nodes that have joined stay until removed. */
async function enter({ store, log, clock }: MasterContext, entries: readonly NodeListEntry[], signal: AbortSignal): Promise<void> {
  await store.update(async (reader) => {
    const { entries: stored } = await tables.nodes.list(reader)
    const before = new Map(stored.map((entry) => [entry.id, entry]))
    const mutations: Mutation[] = []
    const preconditions: Precondition[] = []
    const write = (id: string, mutation: Mutation): void => {
      const old = before.get(id)
      preconditions.push(old === undefined ? tables.nodes.absent(id) : tables.nodes.unchanged(old))
      mutations.push(mutation)
    }
    for (const entry of entries) {
      const record = recordOf(entry, before.get(nameOf(entry)), clock.wallMs())
      const old = before.get(record.id)?.value
      if (old === undefined || canonicalJson(record) !== canonicalJson(old)) write(record.id, tables.nodes.put(record.id, record))
    }
    const listed = new Set(entries.map(nameOf))
    for (const { id, value } of stored) {
      if (value.source === 'node.yaml' && value.keys.length === 0 && !listed.has(id)) write(id, tables.nodes.delete(id))
    }
    if (mutations.length > 0) mutations.push(log.audit({ caller: { service: 'api-server' }, operation: 'node-list', subject: [...listed].join(' ').slice(0, 500), outcome: 'done' }))
    return { mutations, preconditions, result: undefined }
  }, { signal })
}

function nameOf({ name, hostname }: NodeListEntry): string {
  return name ?? hostname
}

function recordOf(entry: NodeListEntry, before: Stored<NodeRecord> | undefined, nowMs: number): NodeRecord {
  return {
    id: nameOf(entry),
    type: entry.role,
    role: entry.nodeRole,
    labels: entry.labels,
    ...(entry.profile !== undefined && { profile: entry.profile }),
    source: 'node.yaml',
    ...(entry.ip !== undefined && { ip: entry.ip }),
    hostname: entry.hostname,
    keys: before?.value.keys ?? [],
    registeredAtMs: before?.value.registeredAtMs ?? nowMs,
    cordoned: before?.value.cordoned ?? false,
  }
}
