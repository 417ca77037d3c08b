import type { Command } from 'commander'
import type { CliHost } from '../host.js'
import { version } from '../version.js'

export function addVersion(program: Command, host: CliHost): void {
  program.command('version')
    .description('print the version of this command')
    .action(async () => { await host.out.write(`piccolo ${version}\n`) })
}
