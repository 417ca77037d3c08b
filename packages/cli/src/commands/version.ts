import type { Command } from 'commander'
import type { CliHost } from '../host.js'
import { version } from '../version.js'

/** What `piccolo version` and `piccolo --version` print. */
export const versionText = `piccolo ${version}`

export function addVersion(program: Command, host: CliHost): void {
  program.command('version')
    .description('print the version of this command')
    .action(async () => { await host.out.write(`${versionText}\n`) })
}
