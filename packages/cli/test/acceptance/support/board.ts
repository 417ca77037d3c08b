import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { RuntimeKit } from '../../../src/demo/runtime-kit.js'
import { processKit } from '../../../src/demo/runtime-kit.js'
import { startChild, type Child } from '../../../src/demo/child.js'
import { builtCommand } from './built-command.js'

export interface BoardOptions {
  /** Of the board, not of the node: two boards may want to be one node. */
  readonly name: string
  readonly directory: string
  readonly master: string
  readonly token: string
  readonly nodeId: string
}

/** A board with an agent over plain processes. */
export interface Board {
  readonly agent: Child
  readonly agentDirectory: string
  log(): Promise<string>
  /** Ends its agent, and what it ran. */
  dispose(): Promise<void>
}

export async function startBoard({ name, directory, master, token, nodeId }: BoardOptions): Promise<Board> {
  const agentDirectory = join(directory, name)
  const tokenFile = `${agentDirectory}.token`
  const logFile = `${agentDirectory}.log`
  const kit: RuntimeKit = await processKit(agentDirectory)
  await writeFile(tokenFile, token, { mode: 0o600 })
  const agent = await startChild({
    name, logFile, entry: builtCommand(),
    arguments: ['agent', '--master', master, '--directory', agentDirectory, '--token-file', tokenFile, '--node-id', nodeId, '--profile', 'lan', ...kit.arguments],
  })
  return {
    agent,
    agentDirectory,
    log: () => readFile(logFile, 'utf8'),
    async dispose() {
      await agent.stop()
      await kit.clean({ cluster: 'ours', node: nodeId })
    },
  }
}
