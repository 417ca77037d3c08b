import type { Command } from 'commander'
import type { PiccoloClient } from '@piccolo/client'
import { PiccoloError, type DeleteResult } from '@piccolo/core/spi'
import type { CliHost } from '../host.js'
import { findArtifactKind } from '../kinds/find-kind.js'
import { readManifests } from '../files/manifests.js'
import { forPrograms, type ProgramFormat } from '../text/for-programs.js'
import { clientOf, collect, outputOption } from './common.js'

interface DeleteOptions {
  readonly filename?: readonly string[]
  readonly output?: ProgramFormat
}

export function addDelete(program: Command, host: CliHost): void {
  program.command('delete')
    .description('delete artifacts: those in the files, or one by kind and name')
    .argument('[kind]', 'e.g. package')
    .argument('[name]')
    .option('-f, --filename <file>', 'a file, a folder, or - for standard input; may be repeated', collect)
    .addOption(outputOption(['json', 'yaml']))
    .action(async (kind: string | undefined, name: string | undefined, ...[options, command]: [DeleteOptions, Command]) => {
      const deletion = await deletionOf(host, { kind, name, filename: options.filename })
      const result = await deletion(await clientOf(host, command))
      await host.out.write(options.output === undefined
        ? result.deleted.map((artifact) => `${artifact.kind}/${artifact.name} deleted\n`).join('')
        : await forPrograms(result, options.output))
    })
}

interface DeleteWish {
  readonly kind: string | undefined
  readonly name: string | undefined
  readonly filename: readonly string[] | undefined
}

/** Checks the wish before anything is connected. */
async function deletionOf(host: CliHost, { kind, name, filename }: DeleteWish): Promise<(client: PiccoloClient) => Promise<DeleteResult>> {
  const signal = host.stop
  if (filename !== undefined && kind === undefined) {
    const files = await readManifests(host, filename)
    return (client) => client.deleteManifest(files, { signal })
  }
  if (filename === undefined && kind !== undefined && name !== undefined) {
    const ref = { kind: findArtifactKind(kind), name }
    return (client) => client.deleteArtifact(ref, { signal })
  }
  throw new PiccoloError('invalid-argument', 'delete: give either -f FILE, or KIND and NAME, e.g. piccolo delete package shop')
}
