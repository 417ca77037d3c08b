import { Option, type Command } from 'commander'
import { PiccoloError } from '@piccolo/core/spi'
import type { CliHost } from '../host.js'
import { tokens } from '../kinds/tokens.js'
import { timeOfDay } from '../text/age.js'
import { parseDuration } from '../text/duration.js'
import { forPrograms, type ProgramFormat } from '../text/for-programs.js'
import { clientOf, collect, outputOption } from './common.js'
import { one } from './get.js'

interface TokenOptions {
  readonly validFor?: string
  readonly nodeId?: string
  readonly type?: 'embedded' | 'cloud'
  readonly role?: 'worker' | 'monitor' | 'gateway'
  readonly label?: readonly string[]
  readonly address?: readonly string[]
  readonly output?: ProgramFormat
}

const longestMs = 86_400_000

export function addToken(program: Command, host: CliHost): void {
  const token = program.command('token').description('join tokens for nodes')
  addList(token, host)
  addRevoke(token, host)
  token.command('create')
    .description('make a token with which one node can join; it is shown this once')
    .option('--valid-for <duration>', 'e.g. 90s, 15m (the default), 2h; at most 24h')
    .option('--node-id <id>', 'only for the node of this id')
    .addOption(new Option('--type <type>', "the node's type").choices(['embedded', 'cloud']))
    .addOption(new Option('--role <role>', 'what the node may do').choices(['worker', 'monitor', 'gateway']))
    .option('--label <name=value>', 'a label for the node; may be repeated', collect)
    .option('--address <range>', 'where it may be used from, e.g. 10.0.7.21, 10.0.7.0/24 or fd00::/8; may be repeated', collect)
    .addOption(outputOption(['json', 'yaml']))
    .action(async ({ validFor, nodeId, type, role, label, address, output }: TokenOptions, command: Command) => {
      const request = {
        ...(validFor === undefined ? {} : { validForMs: parseValidity(validFor) }),
        ...(nodeId === undefined ? {} : { nodeId }),
        ...(type === undefined ? {} : { type }),
        ...(role === undefined ? {} : { role }),
        ...(label === undefined ? {} : { labels: parseLabels(label) }),
        ...(address === undefined ? {} : { addresses: address }),
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

function addList(token: Command, host: CliHost): void {
  token.command('list')
    .description('show the tokens there are, without their secrets, as "get tokens" does')
    .addOption(outputOption(['json', 'yaml', 'wide']))
    .action(async ({ output }: { readonly output?: ProgramFormat | 'wide' }, command: Command) => {
      await host.out.write(await one(host, await clientOf(host, command), { kind: tokens, name: undefined, ...(output === undefined ? {} : { output }) }))
    })
}

function addRevoke(token: Command, host: CliHost): void {
  token.command('revoke')
    .description('take a token back: nobody can join with it; a node that has, stays')
    .argument('<id>', 'as "token list" shows it')
    .action(async (id: string, _options: unknown, command: Command) => {
      await (await clientOf(host, command)).revokeToken(id, { signal: host.stop })
      await host.out.write(`token/${id} revoked\n`)
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
