import type { Command } from 'commander'
import { PiccoloError } from '@piccolo/core/spi'
import type { CliHost } from '../host.js'
import { readManifests } from '../files/manifests.js'
import { forPrograms, type ProgramFormat } from '../text/for-programs.js'
import { paint } from '../text/paint.js'
import { printable } from '../text/printable.js'
import { clientOf, collect, outputOption } from './common.js'

interface ApplyOptions {
  readonly filename?: readonly string[]
  readonly output?: ProgramFormat
}

export function addApply(program: Command, host: CliHost): void {
  program.command('apply')
    .description('apply manifests: all of them in one step, or none')
    .argument('[files...]', 'more of the same, so that a shell may spell them out: -f *.yaml')
    .option('-f, --filename <file>', 'a file, a folder, or - for standard input; may be repeated', collect)
    .addOption(outputOption(['json', 'yaml']))
    .action(async (more: readonly string[], ...[{ filename = [], output }, command]: [ApplyOptions, Command]) => {
      const names = [...filename, ...more]
      if (names.length === 0) throw new PiccoloError('invalid-argument', 'apply: say what to apply, e.g. piccolo apply -f shop.yaml')
      const files = await readManifests(host, names)
      const client = await clientOf(host, command)
      const result = await client.apply(files, { signal: host.stop })
      for (const warning of result.warnings) await host.err.write(`${paint(host.err, 'yellow', 'warning:')} ${printable(warning)}\n`)
      await host.out.write(output === undefined
        ? result.artifacts.map(({ kind, name, change }) => `${kind}/${name} ${change}\n`).join('')
        : await forPrograms(result, output))
    })
}
