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

const longestMs = 86_400_000

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
        ...(validFor === undefined ? {} : { validForMs: parseValidity(validFor) }),
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
      // The token is made: not knowing where nodes dial must not look as if it were not.
      const dialled = await client.cluster({ signal: host.stop }).then(({ sessionAddress }) => addressForNodes(sessionAddress), () => 'HOST:PORT')
      await host.err.write(`Good for one node until ${timeOfDay(made.expiresAtMs)}. On the node: piccolo agent --master ${dialled} --token-file FILE\n`)
    })
}

/** A master that listens everywhere cannot know under which name its nodes reach it. */
function addressForNodes(address: string): string {
  return address.replace(/^(0\.0\.0\.0|\[::\])(?=:)/, 'HOST')
}

function parseValidity(text: string): number {
  const validForMs = parseDuration('--valid-for', text)
  if (validForMs > longestMs) throw new PiccoloError('invalid-argument', `--valid-for: expected at most 24h, found "${text}"`)
  return validForMs
}

function parseLabels(labels: readonly string[]): Readonly<Record<string, string>> {
  return Object.fromEntries(labels.map((label) => {
    const [, name, value] = /^([^=]+)=(.*)$/s.exec(label) ?? []
    if (name === undefined || value === undefined) throw new PiccoloError('invalid-argument', `--label: expected NAME=VALUE, found "${label}"`)
    return [name, value]
  }))
}
