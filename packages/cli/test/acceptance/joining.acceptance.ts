import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { connect as connectTcp } from 'node:net'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { describeWith } from '../../../../tooling/vitest/needs.js'
import { startChild, type Child } from '../../src/demo/child.js'
import { localCluster, type LocalCluster } from '../../src/demo/local-cluster.js'
import { builtCommand } from './support/built-command.js'
import { eventually } from './support/eventually.js'

describeWith({ linux: true }, 'I1: joining with a token', () => {
  let directory: string
  let cluster: LocalCluster
  let other: LocalCluster
  const agents: Child[] = []
  let count = 0

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'pj-'))
    cluster = await localCluster({ directory: join(directory, 'a'), entry: builtCommand(), cluster: 'ours' })
    other = await localCluster({ directory: join(directory, 'b'), entry: builtCommand(), cluster: 'theirs' })
  })
  afterAll(async () => {
    await Promise.all(agents.map((agent) => agent.stop()))
    await cluster?.stop()
    await other?.stop()
    await rm(directory, { recursive: true, force: true })
  })

  /** An agent with this token, that would like this id; answers its log. */
  async function agentWith(token: string, { master = cluster.sessionAddress, nodeId }: { readonly master?: string; readonly nodeId?: string } = {}): Promise<{ readonly log: () => Promise<string> }> {
    const name = `agent-${String((count += 1))}`
    const tokenFile = join(directory, `${name}.token`)
    const logFile = join(directory, `${name}.log`)
    await writeFile(tokenFile, token, { mode: 0o600 })
    const agent = await startChild({
      name, logFile, entry: builtCommand(),
      arguments: ['agent', '--master', master, '--directory', join(directory, name), '--token-file', tokenFile, '--node-id', nodeId ?? name, '--profile', 'lan', '--runtime', 'process'],
    })
    agents.push(agent)
    return { log: () => readFile(logFile, 'utf8') }
  }

  const names = async (): Promise<readonly string[]> => (await cluster.client.nodes()).map(({ name }) => name)

  async function refused(token: string, reason: string): Promise<void> {
    const before = await names()
    const { log } = await agentWith(token)
    await eventually(`the refusal "${reason}" in its log`, async () => ((await log()).includes(reason) ? true : undefined))
    expect(await names()).toEqual(before)
    expect(await log()).not.toContain(token.split('.')[2] ?? token)
  }

  test('I1: of two nodes with one token at once, one wins and the other is told that it has been used', async () => {
    const { token } = await cluster.client.createToken({})
    const both = await Promise.all([agentWith(token), agentWith(token)])
    await eventually('one of them to be ready', async () => ((await cluster.client.nodes()).filter(({ phase }) => phase === 'ready').length === 1 ? true : undefined))
    await eventually('the other to be refused', async () => {
      const logs = await Promise.all(both.map(({ log }) => log()))
      return logs.filter((log) => log.includes('This join token has been used')).length === 1 ? true : undefined
    })
    expect(await names()).toHaveLength(1)
  })

  test('I1: an expired token is refused, and the log names the remedy', async () => {
    const { token, expiresAtMs } = await cluster.client.createToken({ validForMs: 1_000 })
    await eventually('the token to be past', () => Promise.resolve(Date.now() > expiresAtMs ? true : undefined))
    await refused(token, 'This join token has expired; make another with \\"piccolo token create\\"')
  })

  test('I1: a truncated token is refused before anything is sent', async () => {
    const { token } = await cluster.client.createToken({})
    await refused(token.slice(0, -10), 'piccolo token create')
  })

  test('I1, I2: a token of another cluster is refused by the node itself: its secret never leaves it', async () => {
    const { token } = await other.client.createToken({})
    await refused(token, 'unauthenticated')
    const id = token.split('.')[1] ?? '?'
    for (const { client } of [cluster, other]) for await (const event of client.events({ limit: 1_000 })) expect(event.subject).not.toContain(id)
  })

  test('I1: an invented token is refused and leaves no trace', async () => {
    const { token } = await cluster.client.createToken({})
    const [prefix, , , pin] = token.split('.')
    await refused([prefix, 'feedfacefeed', 'ab'.repeat(20), pin].join('.'), 'knows no such join token')
  })

  test('the token of a node binds its name: who wants another is refused, and the token stays good for the right one', async () => {
    const { token } = await cluster.client.createToken({ nodeId: 'bow' })
    await refused(token, 'bow')
    await agentWith(token, { nodeId: 'bow' })
    await eventually('node bow to be ready', async () => ((await cluster.client.nodes()).find(({ name }) => name === 'bow')?.phase === 'ready' ? true : undefined))
  })

  test('nothing is said in plaintext on the session port', async () => {
    const [host = '', port = ''] = cluster.sessionAddress.split(':')
    const answer = await new Promise<string>((resolve) => {
      let text = ''
      const socket = connectTcp({ host, port: Number(port) }, () => { socket.end('GET / HTTP/1.1\r\nhost: x\r\n\r\n') })
      socket.setTimeout(5_000, () => { socket.destroy() })
      socket.on('data', (bytes) => { text += bytes.toString('latin1') })
      socket.on('error', () => undefined)
      socket.on('close', () => { resolve(text) })
    })
    // At most a TLS alert: seven bytes, of which the first says so.
    expect(answer.length === 0 || answer.charCodeAt(0) === 21).toBe(true)
    expect(answer).not.toContain('HTTP')
  })
})
