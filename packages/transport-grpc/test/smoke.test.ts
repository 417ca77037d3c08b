import { expect, test } from 'vitest'
import type { AdapterContext, AgentMessage } from '@piccolo/core/spi'
import { manualClock, seededRandom, silentLogger } from '@piccolo/testing'
import { grpcTransport } from '../src/index.js'
import { ephemeralAuthority } from './support/ephemeral-authority.js'

test('smoke', async () => {
  const ca = await ephemeralAuthority()
  const clock = { ...manualClock(), schedule: (ms: number, run: () => void) => { const t = setTimeout(run, ms); return () => clearTimeout(t) } }
  const context: AdapterContext = { clock, random: seededRandom(1), logger: silentLogger }
  const signal = new AbortController().signal
  const master = grpcTransport({ listen: '127.0.0.1:0' })(context)
  const seen: AgentMessage[] = []
  const listener = await master.listen({ identity: await ca.server(), clientAuthoritiesPem: [ca.authorityPem] }, {
    enroll: async (r, peer) => { console.log('enroll', r, peer); return { cluster: 'c', nodeId: 'n', certificateChainPem: 'x', authoritiesPem: ['y'] } },
    renew: async () => { throw new Error('boom') },
    session: async (channel) => { for await (const m of channel.messages) { seen.push(m); await channel.send({ type: 'beat', number: 1, sentAtBootMs: 2, lease: true }, signal) } },
  }, signal)
  const agent = grpcTransport()(context)
  const chain: number[] = []
  const verifyServer = (c: readonly Uint8Array[]) => { chain.push(...c.map(x => x.length)) }
  const facts = { hostname: 'h', architecture: 'x64', os: 'l', kernel: 'k', cpuCores: 2, memoryBytes: 1, diskBytes: 2, runtime: 'r', cgroupVersion: 1, bootId: 'b' }
  console.log(await agent.enroll(listener.address, { versions: { min: 1, max: 1 }, token: 't', csr: new Uint8Array([1]), facts }, { verifyServer }, signal))
  console.log(chain)
  console.log(await agent.renew(listener.address, { versions: { min: 1, max: 1 }, csr: new Uint8Array([1]) }, { verifyServer }, signal).catch((e: unknown) => e))
  console.log(await agent.connect(listener.address, { verifyServer }, signal).catch((e: unknown) => e))
  console.log(await agent.connect('127.0.0.1:1', { verifyServer }, signal).catch((e: unknown) => e))
  const ch = await agent.connect(listener.address, { verifyServer, identity: await ca.node('n1') }, signal)
  await ch.send({ type: 'beat', number: 1, sentAtBootMs: 2, lastEcho: 0, loopAgeMs: 1 }, signal)
  for await (const m of ch.messages) { console.log(m); break }
  await ch.close()
  await master.close()
  await agent.close()
  expect(seen.length).toBe(1)
})
