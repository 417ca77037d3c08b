import type { Command } from 'commander'
import type { PiccoloClient } from '@piccolo/client'
import type { CliHost } from '../host.js'
import { findResourceKind, overviewKinds, resourceKinds } from '../kinds/find-kind.js'
import type { ResourceKind } from '../kinds/resource-kind.js'
import { forPrograms, type ProgramFormat } from '../text/for-programs.js'
import { paint } from '../text/paint.js'
import { clientOf, outputOption } from './common.js'

type GetFormat = ProgramFormat | 'wide'

interface GetOptions {
  readonly output?: GetFormat
}

export function addGet(program: Command, host: CliHost): void {
  program.command('get')
    .description('show what is there')
    .argument('[kind]', `${resourceKinds.map(({ plural }) => plural).join(', ')}; without it, the whole picture`)
    .argument('[name]', 'only this one')
    .addOption(outputOption(['json', 'yaml', 'wide']))
    .action(async (kindWord: string | undefined, name: string | undefined, ...[{ output }, command]: [GetOptions, Command]) => {
      const kind = kindWord === undefined ? undefined : findResourceKind(kindWord)
      const client = await clientOf(host, command)
      await host.out.write(kind === undefined ? await overview(host, client, output) : await one(host, client, { kind, name, output }))
    })
}

async function one(host: CliHost, client: PiccoloClient, wish: { readonly kind: ResourceKind; readonly name: string | undefined; readonly output: GetFormat | undefined }): Promise<string> {
  const { kind, name, output } = wish
  const all = await kind.fetch(client, host.stop)
  const shown = name === undefined ? all : all.named(name)
  if (output === undefined || output === 'wide') return shown.table(host, { wide: output === 'wide' })
  const [first] = shown.items
  return await forPrograms(name !== undefined && shown.items.length === 1 ? first : shown.items, output)
}

async function overview(host: CliHost, client: PiccoloClient, output: GetFormat | undefined): Promise<string> {
  const parts = await Promise.all(overviewKinds.map(async (kind) => ({ kind, shown: await kind.fetch(client, host.stop) })))
  if (output === 'json' || output === 'yaml') return await forPrograms(Object.fromEntries(parts.map(({ kind, shown }) => [kind.plural, shown.items])), output)
  return parts.map(({ kind, shown }) => `${paint(host.out, 'cyan', kind.plural)}\n${shown.table(host, { wide: output === 'wide' })}`).join('\n')
}
