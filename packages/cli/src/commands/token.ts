import { Option, type Command } from 'commander'
import { PiccoloError } from '@piccolo/core/spi'
import type { CliHost } from '../host.js'
import { timeOfDay } from '../text/age.js'
import { parseDuration } from '../text/duration.js'
import { forPrograms, type ProgramFormat } from '../text/for-programs.js'
import { clientOf, collect, outputOption } from './common.js'

interface TokenOptions {
  readonly validFor?: string
  readonly nodeId?: string
  readonly type?: 'embedded' | 'cloud'
  readonly role?: 'worker' | 'monitor' | 'gateway'
  readonly label?: readonly string[]
  readonly output?: ProgramFormat
}

export function addToken(program: Command, host: CliHost): void {
  program.command('token').description('join tokens for nodes').command('create')
    .description('make a token with which one node can join; it is shown this once')
    .option('--valid-for <duration>', 'e.g. 90s, 15m (the default), 2h; at most 24h')
    .option('--node-id <id>', 'only for the node of this id')
    .addOption(new Option('--type <type>', "the node's type").choices(['embedded', 'cloud']))
    .addOption(new Option('--role <role>', 'what the node may do').choices(['worker', 'monitor', 'gateway']))
    .option('--label <name=value>', 'a label for the node; may be repeated', collect)
    .addOption(outputOption(['json', 'yaml']))
    .action(async ({ validFor, nodeId, type, role, label, output }: TokenOptions, command: Command) => {
      const request = {
        ...(validFor === undefined ? {} : { validForMs: parseDuration('--valid-for', validFor) }),
        ...(nodeId === undefined ? {} : { nodeId }),
        ...(type === undefined ? {} : { type }),
        ...(role === undefined ? {} : { role }),
        ...(label === undefined ? {} : { labels: parseLabels(label) }),
      }
      const client = await clientOf(host, command)
      const made = await client.createToken(request, { signal: host.stop })
      if (output !== undefined) {
        await host.out.write(await forPrograms(made, output))
        return
      }
      // The token alone goes to standard output, so that a script can catch it.
      await host.out.write(`${made.token}\n`)
      await host.err.write(`Good for one node until ${timeOfDay(made.expiresAtMs)}. On the node: piccolo agent --master HOST:47100 --token-file FILE\n`)
    })
}

function parseLabels(labels: readonly string[]): Readonly<Record<string, string>> {
  return Object.fromEntries(labels.map((label) => {
    const [, name, value] = /^([^=]+)=(.*)$/s.exec(label) ?? []
    if (name === undefined || value === undefined) throw new PiccoloError('invalid-argument', `--label: expected NAME=VALUE, found "${label}"`)
    return [name, value]
  }))
}
