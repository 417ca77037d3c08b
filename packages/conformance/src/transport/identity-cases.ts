import assert from 'node:assert/strict'
import { PiccoloError, type EnrollReply } from '@piccolo/core/spi'
import type { ConformanceCase } from '../suite.js'
import { never } from '../kit/signals.js'
import { anyServer, connected, enrollReply, enrollRequest, iterate, rejection, renewRequest, scene, take, within } from './harness.js'
import { agentSamples } from './sample-messages.js'
import { chainOf, leafOf } from './tls-material.js'
import type { TransportSubject } from './subject.js'

const refusal = new PiccoloError('unauthenticated', 'not the master I know', { details: { pin: 'other' } })

/** Who is who, and that nothing is told to a stranger. */
export const identityCases: readonly ConformanceCase<TransportSubject>[] = [
  {
    id: 'transport/session-needs-certificate',
    title: 'a session without a client certificate is refused as `unauthenticated`, the handler never hears of it',
    async run(subject) {
      const stage = await scene(subject)
      await rejection(subject.agent().connect(stage.address, anyServer, never), 'unauthenticated')
      assert.equal(stage.sessionCount(), 0)
    },
  },
  {
    id: 'transport/session-refuses-strangers',
    title: 'a session with a certificate of another authority is refused as `unauthenticated`',
    async run(subject) {
      const stage = await scene(subject)
      await rejection(subject.agent().connect(stage.address, { ...anyServer, identity: subject.stranger.node }, never), 'unauthenticated')
      assert.equal(stage.sessionCount(), 0)
    },
  },
  {
    id: 'transport/session-knows-its-peer',
    title: "a session's peer carries the client's leaf certificate in DER, each session its own",
    async run(subject) {
      const stage = await scene(subject)
      for (const identity of [subject.material.node, subject.material.otherNode]) {
        const channel = await within(subject.agent().connect(stage.address, { ...anyServer, identity }, never), 'connect')
        const { channel: { peer } } = await stage.nextSession()
        assert.deepEqual(peer.certificate, leafOf(identity))
        assert.notEqual(peer.address, '')
        await within(channel.close(), 'close')
      }
    },
  },
  {
    id: 'transport/verify-sees-the-chain',
    title: 'verifyServer gets the whole presented chain in DER, leaf first, the authority with it',
    async run(subject) {
      const chains: (readonly Uint8Array[])[] = []
      const { address } = await scene(subject)
      await within(subject.agent().enroll(address, enrollRequest, { verifyServer: (chain) => void chains.push(chain) }, never), 'enroll')
      assert.deepEqual(chains, [chainOf(subject.material.server.identity)])
    },
  },
  {
    id: 'transport/verify-before-the-secret',
    title: 'nothing is told to a server that verifyServer refuses; the refusal comes back as it was thrown',
    async run(subject) {
      let told = 0
      const count = async (): Promise<EnrollReply> => {
        told += 1
        return enrollReply
      }
      const stage = await scene(subject, { enroll: count, renew: count })
      const verifyServer = (): void => {
        throw refusal
      }
      const agent = subject.agent()
      assert.equal(await rejection(agent.enroll(stage.address, enrollRequest, { verifyServer }, never), 'unauthenticated'), refusal)
      assert.equal(await rejection(agent.renew(stage.address, renewRequest, { verifyServer }, never), 'unauthenticated'), refusal)
      assert.equal(await rejection(agent.connect(stage.address, { verifyServer, identity: subject.material.node }, never), 'unauthenticated'), refusal)
      // One that is accepted, last: by then a request that had slipped out before would have arrived as well.
      await within(agent.enroll(stage.address, enrollRequest, anyServer, never), 'enroll')
      assert.equal(told, 1)
      assert.equal(stage.sessionCount(), 0)
    },
  },
  {
    id: 'transport/update-tls',
    title: 'updateTls counts for new connections; open sessions live on',
    async run(subject) {
      const stage = await scene(subject)
      const old = await connected(stage)
      stage.listener.updateTls(subject.material.renewedServer)
      const chains: (readonly Uint8Array[])[] = []
      await within(subject.agent().enroll(stage.address, enrollRequest, { verifyServer: (chain) => void chains.push(chain) }, never), 'enroll')
      assert.deepEqual(chains, [chainOf(subject.material.renewedServer.identity)])
      const [beat] = agentSamples.beat
      assert.ok(beat)
      await old.agent.send(beat, never)
      assert.deepEqual(await take(iterate(old.master.messages), 1), [beat])
    },
  },
  {
    id: 'transport/update-authorities',
    title: 'updateTls changes whose node certificates are accepted',
    async run(subject) {
      const stage = await scene(subject)
      stage.listener.updateTls({ ...subject.material.server, clientAuthoritiesPem: subject.stranger.server.clientAuthoritiesPem })
      await rejection(subject.agent().connect(stage.address, { ...anyServer, identity: subject.material.node }, never), 'unauthenticated')
      const channel = await within(subject.agent().connect(stage.address, { ...anyServer, identity: subject.stranger.node }, never), 'connect')
      await channel.close()
    },
  },
]
