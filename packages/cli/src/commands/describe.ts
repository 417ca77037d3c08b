import type { Command } from 'commander'
import { describableKinds, findDescriber } from '../describe/find-description.js'
import type { CliHost } from '../host.js'
import { forPrograms, type ProgramFormat } from '../text/for-programs.js'
import { clientOf, outputOption } from './common.js'

interface DescribeOptions {
  readonly output?: ProgramFormat
}

export function addDescribe(program: Command, host: CliHost): void {
  program.command('describe')
    .description('show all that is known of one thing')
    .argument('<kind>', describableKinds.join(', '))
    .argument('<name>')
    .addOption(outputOption(['json', 'yaml']))
    .action(async (kind: string, name: string, ...[{ output }, command]: [DescribeOptions, Command]) => {
      const describe = findDescriber(kind)
      const description = await describe(await clientOf(host, command), name, host.stop)
      await host.out.write(output === undefined ? description.text(host) : await forPrograms(description.data, output))
    })
}
