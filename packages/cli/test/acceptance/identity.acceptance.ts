import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { performance } from 'node:perf_hooks'
import type { NodeView } from '@piccolo/core/spi'
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import { describeWith } from '../../../../tooling/vitest/needs.js'
import { isAlive } from '../../../../tooling/vitest/processes.js'
import { localCluster, type LocalCluster } from '../../src/demo/local-cluster.js'
import { startBoard, type Board, type BoardOptions } from './support/board.js'
import { builtCommand, runCommand } from './support/built-command.js'
import { eventually } from './support/eventually.js'
import { manifest, model } from './support/manifest.js'
import { watchedLink, type WatchedLink } from './support/watched-link.js'

describeWith({ linux: true }, 'who belongs to the cluster', () => {
  let directory: string
  let cluster: LocalCluster
  const boards: Board[] = []

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'pw-'))
    cluster = await localCluster({ directory, entry: builtCommand(), cluster: 'ours', masterArguments: ['--certificate-life', '60s'] })
    await board({ name: 'steady' })
    await view('steady', ({ phase }) => phase === 'ready')
  })
  afterAll(async () => {
    await Promise.all(boards.map((each) => each.dispose()))
    await cluster?.stop()
    await rm(directory, { recursive: true, force: true })
  })

  async function board({ name, nodeId = name, master = cluster.sessionAddress, token }: Partial<BoardOptions> & Pick<BoardOptions, 'name'>): Promise<Board> {
    const started = await startBoard({ name, nodeId, master, directory, token: token ?? (await cluster.client.createToken({ nodeId })).token })
    boards.push(started)
    return started
  }
  async function linkToMaster(): Promise<WatchedLink> {
    const link = await watchedLink(cluster.sessionAddress)
    onTestFinished(() => link.close())
    return link
  }
  const find = async (name: string): Promise<NodeView | undefined> => (await cluster.client.nodes()).find((node) => node.name === name)
  const view = (name: string, fits: (node: NodeView) => boolean): Promise<NodeView> => eventually(`node ${name} to be as expected`, async () => {
    const node = await find(name)
    return node !== undefined && fits(node) ? node : undefined
  }, { withinMs: 30_000 })
  const says = (asked: Board, words: string) => eventually(`"${words}" in its log`, async () => ((await asked.log()).includes(words) ? true : undefined), { withinMs: 30_000 })
  const piccolo = (...args: readonly string[]) => runCommand(['--credential', cluster.credentialPath, ...args])
  const events = async (type: string, subject: string) => {
    const found: string[] = []
    for await (const event of cluster.client.events({ limit: 1_000 })) if (event.type === type && event.subject === subject) found.push(event.message)
    return found
  }

  /** Runs something there that tells its process id, and answers it. */
  async function run(node: string): Promise<number> {
    const file = join(directory, `${node}.pid`)
    const { name, text } = manifest(`on-${node}`, [model(`on-${node}`, node, { script: `echo $$ > ${file}; exec sleep 100000` })])
    await cluster.client.apply([{ name, text }])
    return await eventually('its process', async () => {
      const pid = Number(await readFile(file, 'utf8'))
      return pid > 1 && isAlive(pid) ? pid : undefined
    }, { withinMs: 30_000 })
  }

  test('I1: the answer to a board that joins is lost: its key gets in later, as the same node, and the token is used once', async () => {
    const link = await linkToMaster()
    const { token, id } = await cluster.client.createToken({})
    link.loseNextAnswer()
    await board({ name: 'unlucky', token, master: link.address })
    await view('unlucky', ({ standing }) => standing === 'active')
    expect(link.keptBack).toBe(true)
    expect(await find('unlucky')).toMatchObject({ connected: false })
    link.cut()
    await view('unlucky', ({ phase, connected }) => connected && phase === 'ready')
    expect((await cluster.client.nodes()).map(({ name }) => name).sort()).toEqual(['steady', 'unlucky'])
    expect(await events('node-registered', 'node/unlucky')).toHaveLength(1)
    expect((await cluster.client.tokens()).find((each) => each.id === id)).toMatchObject({ state: 'used', usedBy: 'unlucky' })
  })

  test('I1: a token that is bound to addresses is refused from others, and stays good', async () => {
    const elsewhere = (await piccolo('token', 'create', '--node-id', 'quay', '--address', '10.99.0.0/16', '--address', 'fd00::/8')).stdout.trim()
    const here = (await piccolo('token', 'create', '--node-id', 'quay', '--address', '127.0.0.0/8')).stdout.trim()
    const refused = await board({ name: 'quay-elsewhere', nodeId: 'quay', token: elsewhere })
    await says(refused, 'may be used from 10.99.0.0/16, fd00::/8 only')
    expect(await find('quay')).toBeUndefined()
    await refused.agent.stop()
    expect((await cluster.client.tokens()).find(({ id }) => id === elsewhere.split('.')[1])).toMatchObject({ state: 'open' })
    await board({ name: 'quay', token: here })
    await view('quay', ({ phase }) => phase === 'ready')
  })

  test('I3: another board under the same name is held; a person turns it away, and lets a third one take the place of the first', async () => {
    const first = await board({ name: 'bow' })
    const { address } = await view('bow', ({ phase }) => phase === 'ready')
    const pid = await run('bow')

    const second = await board({ name: 'bow-2', nodeId: 'bow' })
    await says(second, 'A person has to approve')
    const [waiting] = await cluster.client.approvals()
    expect(waiting).toMatchObject({ node: 'bow', reason: 'other-key' })
    expect((await piccolo('get', 'approvals')).stdout).toContain(waiting?.key.slice(0, 12))
    expect(await find('bow')).toMatchObject({ connected: true, phase: 'ready', address })
    expect(await piccolo('deny', 'bow')).toMatchObject({ code: 0 })
    await says(second, 'was not let in')
    await second.agent.stop()
    expect(await cluster.client.approvals()).toEqual([])
    expect(await find('bow')).toMatchObject({ connected: true, phase: 'ready', address })
    expect(isAlive(pid)).toBe(true)

    const third = await board({ name: 'bow-3', nodeId: 'bow' })
    await says(third, 'A person has to approve')
    expect(await piccolo('approve', 'bow', '--key', (await cluster.client.approvals())[0]?.key.slice(0, 8) ?? '')).toMatchObject({ code: 0 })
    await says(first, 'was replaced by another one')
    await view('bow', ({ connected, phase }) => connected && phase === 'ready')
    expect(isAlive(pid)).toBe(true)
  })

  test('I4: a node that is revoked loses its session within a second; what it runs runs on, or stops where that is asked for', async () => {
    const [keptLink, stoppedLink] = await Promise.all([linkToMaster(), linkToMaster()])
    const [kept, stopped] = await Promise.all([board({ name: 'kept', master: keptLink.address }), board({ name: 'stopped', master: stoppedLink.address })])
    const pids = await Promise.all([run('kept'), run('stopped')])
    for (const [link, name, workloads] of [[keptLink, 'kept', 'keep'], [stoppedLink, 'stopped', 'stop']] as const) {
      const revokedMs = performance.now()
      await cluster.client.revokeNode(name, { workloads, reason: 'It was stolen.' })
      await eventually('its connection to be closed', () => Promise.resolve(link.lastClosedMs > revokedMs ? true : undefined), { everyMs: 10 })
      expect(link.lastClosedMs - revokedMs).toBeLessThan(1_000)
      await view(name, ({ connected, standing, standingReason }) => !connected && standing === 'revoked' && standingReason === 'It was stolen.')
    }
    await Promise.all([says(kept, 'was revoked: It was stolen.'), says(stopped, 'was revoked: It was stolen.')])
    await eventually('the other to have stopped what it ran', () => Promise.resolve(isAlive(pids[1]) ? undefined : true), { withinMs: 20_000 })
    expect(isAlive(pids[0])).toBe(true)
    expect((await piccolo('get', 'nodes')).stdout).toMatch(/^kept +revoked /m)
  })

  test('I6: a certificate is renewed beside a session that goes on, over the same connection', async () => {
    const { certifiedUntilMs = 0, address } = await view('steady', ({ connected }) => connected)
    const renewed = await view('steady', (node) => (node.certifiedUntilMs ?? 0) > certifiedUntilMs)
    expect(renewed).toMatchObject({ connected: true, phase: 'ready', suspect: false, address })
    expect(await events('node-reconnected', 'node/steady')).toEqual([])
  })
})
