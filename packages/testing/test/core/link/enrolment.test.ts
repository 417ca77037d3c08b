import type { Logger } from '@piccolo/core/spi'
import { memoryCredentials, memoryDisk } from '@piccolo/testing'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { makeRig, workload, type Rig } from '../agent/rig.js'

let rig: Rig
beforeEach(async () => { rig = await makeRig() })
afterEach(async () => { await rig.stop() })

const hourMs = 3_600_000

/** Another token of the same cluster, which its master does not know. */
const badToken = (): string => `pcl1.another12.${'cd'.repeat(16)}.${rig.master.token.slice(-64)}`

function warnings(): { readonly logger: Logger; readonly lines: readonly (readonly [object, string])[] } {
  const lines: [object, string][] = []
  const none = (): void => undefined
  return { lines, logger: { debug: none, info: none, warn: (fields, message) => lines.push([fields, message]), error: none } }
}

describe('enrolment', () => {
  test('a token that is refused is tried again, and the reason can be seen', async () => {
    let right = false
    await rig.start({ auth: memoryCredentials({ token: () => (right ? rig.master.token : badToken()) }) })
    expect(rig.agent.health().link).toMatchObject({ phase: 'enrolling', reason: 'The token is not known.' })
    right = true
    await rig.clock.advance(10_000)
    expect(rig.agent.health().link.phase).toBe('connected')
  })

  test('what can never work is tried more and more seldom, at last every few minutes, and told once', async () => {
    const { logger, lines } = warnings()
    await rig.start({ auth: memoryCredentials({ token: badToken() }), logger })
    await rig.clock.advance(hourMs)
    const gaps = rig.master.attemptsMs.map((atMs, index, all) => atMs - (all[index - 1] ?? 0))
    expect(gaps.length).toBeLessThan(60)
    expect(Math.max(...gaps)).toBeGreaterThan(60_000)
    expect(Math.max(...gaps)).toBeLessThanOrEqual(300_000)
    expect(lines.filter(([, message]) => message === 'enrolment failed')).toEqual([[{ address: 'master:47100', code: 'unauthenticated', reason: 'The token is not known.' }, 'enrolment failed']])
    expect(rig.agent.health().link).toEqual({ phase: 'enrolling', reason: 'The token is not known.' })
    expect(rig.agent.health().readiness?.findings).toContainEqual({ check: 'master', level: 'warn', reason: 'Not connected to a master (enrolling): The token is not known.' })
  })

  test('after that a new token works at once with a restart', async () => {
    await rig.start({ auth: memoryCredentials({ token: badToken() }) })
    await rig.clock.advance(hourMs)
    await rig.kill()
    await rig.start({ auth: memoryCredentials({ token: rig.master.token }) })
    expect(rig.agent.health().link.phase).toBe('connected')
  })

  test('what a master has refused for good is asked seldom although another address is only out of reach', async () => {
    await rig.start({ auth: memoryCredentials({ token: badToken() }), master: ['nowhere:1', 'master:47100'] })
    await rig.clock.advance(hourMs)
    expect(rig.master.attemptsMs.length).toBeLessThan(60)
  })

  test('B2: a master that is out of reach, however long, is found within the cap', async () => {
    const early = await makeRig({ listening: false })
    await early.start()
    await early.clock.advance(600_000)
    await early.master.listen()
    await early.clock.advance(2_000)
    expect(early.agent.health().link.phase).toBe('connected')
    await early.stop()
  })

  test('a board that joins anew while its disk is full gets in once there is room', async () => {
    await rig.start()
    await rig.master.want(workload('a'))
    await rig.settle()
    await rig.kill()
    rig.network.cut('agent')
    const problems: string[] = []
    const note = (_: object, message: string): void => void problems.push(message)
    const none = (): void => undefined
    const { totalBytes } = rig.disk
    rig.disk.totalBytes = 0
    await rig.start({ auth: memoryCredentials({ token: () => rig.master.token }), logger: { debug: none, info: none, warn: none, error: note } })
    rig.network.heal('agent')
    await rig.clock.advance(60_000)
    expect(rig.agent.health().link).toMatchObject({ phase: 'enrolling', reason: expect.stringMatching(/space/) as string })
    rig.disk.totalBytes = totalBytes
    await rig.clock.advance(10_000)
    expect(rig.agent.health().link.phase).toBe('connected')
    expect(problems).toEqual([])
  })

  test('a node without a token waits for one at the same pace: looking costs no network', async () => {
    const tokens: string[] = []
    await rig.start({ auth: memoryCredentials({ token: () => tokens[0] }) })
    await rig.clock.advance(300_000)
    expect(rig.agent.health().link).toMatchObject({ phase: 'enrolling', reason: expect.stringMatching(/piccolo token create/) as string })
    tokens.push(rig.master.token)
    await rig.clock.advance(2_000)
    expect(rig.agent.health().link.phase).toBe('connected')
  })

  test('whose power is cut as soon as it has its new identity follows the other cluster all the same', async () => {
    await rig.start()
    await rig.master.want(workload('a'))
    await rig.settle()
    await rig.kill()
    rig.master.clusterEpoch = 'another'
    const auth = memoryCredentials({ token: rig.master.token })
    let isStored = false
    await rig.start({ auth: (context) => {
      const credentials = auth(context)
      const accept: typeof credentials.accept = async (issued, signal) => {
        await credentials.accept(issued, signal)
        isStored = true
        await new Promise(() => undefined)
      }
      return {
        accept, get enrolled() { return credentials.enrolled }, open: (signal) => credentials.open(signal), close: () => credentials.close(),
        enrolment: (signal) => credentials.enrolment(signal), renewal: (signal) => credentials.renewal(signal), verifyServer: (earliestMs) => credentials.verifyServer(earliestMs),
      }
    } })
    expect(isStored).toBe(true)
    await rig.kill()
    await rig.start({ auth })
    expect(rig.agent.health()).toMatchObject({ link: { phase: 'connected' }, held: rig.master.version })
  })

  test('a new enrolment lets a node follow another cluster, with what it runs', async () => {
    await rig.start()
    await rig.master.want(workload('a'))
    await rig.settle()
    const before = rig.machine.containers()
    await rig.kill()
    rig.master.clusterEpoch = 'another'
    await rig.start({ auth: memoryCredentials({ token: rig.master.token }) })
    expect(rig.master.of('hello').at(-1)).not.toHaveProperty('clusterEpoch')
    // What the other cluster's store had seen is no measure for this one's.
    expect(rig.master.of('hello').at(-1)).toMatchObject({ highestRevision: 0n, highestTerm: 0n })
    expect(rig.agent.health()).toMatchObject({ link: { phase: 'connected' }, held: rig.master.version })
    expect(rig.machine.containers()).toEqual(before)
  })
})

describe('the name of a node', () => {
  test('the one it would like is told, and the state survives without it', async () => {
    await rig.start({ nodeId: 'zone-a' })
    expect(rig.agent.nodeId).toBe('zone-a')
    await rig.kill()
    rig.disk = memoryDisk()
    await rig.start()
    expect(rig.agent.nodeId).toBe('zone-a')
  })

  test('one that can be nobody\'s is refused before a token is spent on it', async () => {
    for (const nodeId of ['', 'zone a', '-a', 'a/b', 'x'.repeat(64)]) {
      await expect(rig.start({ nodeId })).rejects.toMatchObject({ code: 'invalid-argument', message: expect.stringMatching(/nodeId/) as string })
    }
    expect(rig.master.attemptsMs).toEqual([])
  })

  test('one that the token is not for is refused by the master, with the reason in sight and the token unspent', async () => {
    rig.master.boundTo = 'zone-a'
    await rig.start({ nodeId: 'zone-b' })
    expect(rig.agent.health()).toMatchObject({ nodeId: undefined, link: { phase: 'enrolling', reason: 'The token is for "zone-a".' } })
    expect(rig.master.enrolled).toBe(0)
    await rig.kill()
    await rig.start({ nodeId: 'zone-a' })
    expect(rig.agent.nodeId).toBe('zone-a')
  })

  test('an enrolled node keeps its name whatever is configured, and says so', async () => {
    await rig.start({ nodeId: 'zone-a' })
    await rig.kill()
    const { logger, lines } = warnings()
    await rig.start({ nodeId: 'zone-b', logger })
    expect(rig.agent.nodeId).toBe('zone-a')
    expect(lines).toEqual([[{ nodeId: 'zone-a', configured: 'zone-b' }, 'this node has joined under another id than the configured one, and keeps it']])
    expect(rig.agent.health().readiness?.findings).toContainEqual({ check: 'identity', level: 'warn', reason: expect.stringMatching(/"zone-a".*"zone-b"/) as string })
    expect(rig.master.of('hello').at(-1)?.nodeId).toBe('zone-a')
  })
})
