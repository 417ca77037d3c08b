import { Option, type Command } from 'commander'
import type { DemoOptions } from '../demo-options.js'
import type { CliHost } from '../host.js'

export function addDemo(program: Command, host: CliHost): void {
  program.command('demo')
    .description('a master and two agents on this machine: deploys, breaks and mends, until Ctrl-C')
    .option('--once', 'end when everything has been shown', false)
    .option('--json', 'an object a line, for programs', false)
    .option('--yes', 'install what is missing without asking', false)
    .addOption(new Option('--runtime <runtime>', 'default: podman where there is one').choices(['podman', 'process']))
    .addOption(new Option('--store <store>', 'where the master keeps its state: in its directory, or in an etcd of the demo\'s own').choices(['embedded', 'etcd']).default('embedded'))
    .action(async (options: Omit<DemoOptions, 'host'>) => {
      const { runDemo } = await import('../demo/index.js')
      await runDemo({ ...options, host })
    })
}
