import type { Command } from 'commander'
import type { PiccoloClient } from '@piccolo/client'
import type { CliHost } from '../host.js'
import { findResourceKind, overviewKinds, resourceKinds } from '../kinds/find-kind.js'
import type { ResourceKind } from '../kinds/resource-kind.js'
import { forPrograms, jsonLine, type ProgramFormat } from '../text/for-programs.js'
import type { LivePictureOptions } from '../text/live-picture.js'
import { paint } from '../text/paint.js'
import { clientOf, outputOption } from './common.js'
import { watch } from './watch.js'

type GetFormat = ProgramFormat | 'wide'

interface GetOptions {
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
    .action(async (kindWord: string | undefined, name: string | undefined, ...[options, command]: [GetOptions, Command]) => {
      const kind = kindWord === undefined ? undefined : findResourceKind(kindWord)
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

async function one(host: CliHost, client: PiccoloClient, wish: GetOptions & { readonly kind: ResourceKind; readonly name: string | undefined }): Promise<string> {
  const { kind, name, output } = wish
  const all = await kind.fetch(client, host.stop)
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
