import { Option, type Command } from 'commander'
import type { PiccoloClient } from '@piccolo/client'
import type { NodeView } from '@piccolo/core/spi'
import type { CliHost } from '../host.js'
import { clientOf } from './common.js'

interface KeyOption {
  readonly key?: string
}

interface ReasonOption {
  readonly reason?: string
}

interface RevokeOptions extends ReasonOption {
  readonly stopWorkloads?: true
}

const roles: readonly NodeView['role'][] = ['worker', 'monitor', 'gateway']

/** What a person decides about nodes, and about boards that would be nodes. Each ends when the decision counts. */
export function addNodeDecisions(program: Command, host: CliHost): void {
  const decide = async (command: Command, decision: (client: PiccoloClient) => Promise<void>, said: string): Promise<void> => {
    await decision(await clientOf(host, command))
    await host.out.write(`${said}\n`)
  }
  addApprovals(program, host, decide)

  withReason(program.command('revoke').description('take trust away for good').command('node'))
    .description("end a node's session and never trust its key again; its name stays, for another board")
    .option('--stop-workloads', 'it stops its workloads as soon as it hears of it; without this they run on')
    .action(async (node: string, { reason, stopWorkloads }: RevokeOptions, command: Command) => {
      const workloads = stopWorkloads === true ? 'stop' : 'keep'
      await decide(command, (client) => client.revokeNode(node, { workloads, ...given(reason) }, { signal: host.stop }), `node/${node} revoked; its workloads ${workloads === 'stop' ? 'are stopped as soon as it hears of it' : 'run on'}`)
    })
  withReason(program.command('quarantine').description('keep out for now').command('node'))
    .description("end a node's session, and let it have none until it is released; its workloads run on")
    .action(async (node: string, { reason }: ReasonOption, command: Command) => {
      await decide(command, (client) => client.quarantineNode(node, given(reason), { signal: host.stop }), `node/${node} quarantined; its workloads run on`)
    })
  program.command('release').description('end a quarantine').command('node')
    .description('trust the key of a node again that is in quarantine')
    .argument('<name>')
    .action(async (node: string, _options: unknown, command: Command) => {
      await decide(command, (client) => client.releaseNode(node, { signal: host.stop }), `node/${node} released`)
    })
  program.command('set-role')
    .description('say what a node may do; it counts at once')
    .argument('<node>')
    .addArgument(program.createArgument('<role>', 'what it may do').choices(roles))
    .action(async (node: string, role: NodeView['role'], ...[, command]: [unknown, Command]) => {
      await decide(command, (client) => client.setNodeRole(node, role, { signal: host.stop }), `node/${node} is a ${role}`)
    })
}

function addApprovals(program: Command, host: CliHost, decide: (command: Command, decision: (client: PiccoloClient) => Promise<void>, said: string) => Promise<void>): void {
  const keyOption = new Option('--key <key>', 'the beginning of its key, where several boards wait under one name')
  program.command('approve')
    .description('let a board in that waits; "get approvals" shows those that do')
    .argument('<node>', 'the name under which it waits')
    .addOption(keyOption)
    .action(async (node: string, { key }: KeyOption, command: Command) => {
      await decide(command, (client) => client.approve({ node, ...(key === undefined ? {} : { key }) }, { signal: host.stop }), `node/${node} approved; it joins with its next attempt`)
    })
  program.command('deny')
    .description('turn a board away that waits; its key is never let in')
    .argument('<node>', 'the name under which it waits')
    .addOption(keyOption)
    .action(async (node: string, { key }: KeyOption, command: Command) => {
      await decide(command, (client) => client.deny({ node, ...(key === undefined ? {} : { key }) }, { signal: host.stop }), `node/${node} denied`)
    })
}

function withReason(command: Command): Command {
  return command.argument('<name>').option('--reason <text>', 'for those who look later, and for the node itself')
}

function given(reason: string | undefined): { readonly reason?: string } {
  return reason === undefined ? {} : { reason }
}
