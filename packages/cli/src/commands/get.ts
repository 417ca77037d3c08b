import type { Command } from 'commander'
import type { PiccoloClient } from '@piccolo/client'
import { PiccoloError } from '@piccolo/core/spi'
import type { CliHost } from '../host.js'
import { findResourceKind, overviewKinds, resourceKinds } from '../kinds/find-kind.js'
import type { ResourceKind, Selection } from '../kinds/resource-kind.js'
import { forPrograms, jsonLine, type ProgramFormat } from '../text/for-programs.js'
import type { LivePictureOptions } from '../text/live-picture.js'
import { paint } from '../text/paint.js'
import { clientOf, outputOption } from './common.js'
import { watch } from './watch.js'

type GetFormat = ProgramFormat | 'wide'

interface GetOptions extends Selection {
  readonly output?: GetFormat
  readonly watch?: true
}

export function addGet(program: Command, host: CliHost): void {
  program.command('get')
    .description('show what is there')
    .argument('[kind]', `${resourceKinds.map(({ plural }) => plural).join(', ')}; without it, the whole picture`)
    .argument('[name]', 'only this one')
    .addOption(outputOption(['json', 'yaml', 'wide']))
    .option('-w, --watch', 'go on showing it whenever it changes, until interrupted; with -o json, an object a line')
    .option('--limit <n>', 'of events and audit, the last so many; default: 100', parseLimit)
    .option('--security', 'of events, only those about who may be here and do what')
    .action(async (kindWord: string | undefined, name: string | undefined, ...[options, command]: [GetOptions, Command]) => {
      const kind = kindWord === undefined ? undefined : findResourceKind(kindWord)
      refuseUntaken(options, kind)
      const client = await clientOf(host, command)
      const draw = (): Promise<string> => (kind === undefined ? overview(host, client, options) : one(host, client, { ...options, kind, name }))
      if (options.watch === true) await watch(host, client, { draw, ...pictures[options.output ?? 'wide'] })
      else await host.out.write(await draw())
    })
}

/** How one picture follows another. */
const pictures: Readonly<Record<GetFormat, LivePictureOptions>> = {
  wide: { separator: '\n' },
  json: { essence: (line) => line },
  yaml: { separator: '---\n', essence: (document) => document },
}

/** One kind, as the options want it. */
export async function one(host: CliHost, client: PiccoloClient, wish: GetOptions & { readonly kind: ResourceKind; readonly name: string | undefined }): Promise<string> {
  const { kind, name, output } = wish
  const all = await kind.fetch(client, host.stop, wish)
  const shown = name === undefined ? all : all.named(name)
  if (output === undefined || output === 'wide') return shown.table(host, { wide: output === 'wide' })
  const [first] = shown.items
  return await forProgram(name !== undefined && shown.items.length === 1 ? first : shown.items, wish, output)
}

async function overview(host: CliHost, client: PiccoloClient, options: GetOptions): Promise<string> {
  const { output } = options
  const parts = await Promise.all(overviewKinds.map(async (kind) => ({ kind, shown: await kind.fetch(client, host.stop) })))
  if (output === 'json' || output === 'yaml') return await forProgram(Object.fromEntries(parts.map(({ kind, shown }) => [kind.plural, shown.items])), options, output)
  return parts.map(({ kind, shown }) => `${paint(host.out, 'cyan', kind.plural)}\n${shown.table(host, { wide: output === 'wide' })}`).join('\n')
}

async function forProgram(value: unknown, { watch: watched }: GetOptions, format: ProgramFormat): Promise<string> {
  return watched === true && format === 'json' ? jsonLine(value) : await forPrograms(value, format)
}

function refuseUntaken(options: GetOptions, kind: ResourceKind | undefined): void {
  for (const option of ['limit', 'security'] as const) {
    if (options[option] === undefined || kind?.takes.includes(option) === true) continue
    const kinds = resourceKinds.filter(({ takes }) => takes.includes(option)).map(({ plural }) => plural)
    throw new PiccoloError('invalid-argument', `get: --${option} is for ${kinds.join(' and ')}`)
  }
}

function parseLimit(text: string): number {
  if (/^[1-9]\d{0,4}$/.test(text)) return Number(text)
  throw new PiccoloError('invalid-argument', `--limit: expected a whole number from 1 on, found "${text}"`)
}
