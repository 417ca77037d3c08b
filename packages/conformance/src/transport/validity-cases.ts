import assert from 'node:assert/strict'
import type { Peer, ServerTls, TlsIdentity } from '@piccolo/core/spi'
import type { ConformanceCase } from '../suite.js'
import { never } from '../kit/signals.js'
import { anyServer, connected, enrollReply, iterate, rejection, renewRequest, scene, take, within, type Scene } from './harness.js'
import { agentSamples } from './sample-messages.js'
import type { TransportSubject } from './subject.js'
import { leafOf } from './tls-material.js'

const [beat] = agentSamples.beat

interface Noting {
  readonly stage: Scene
  /** Who renewed. */
  readonly renewals: Peer[]
}

async function noting(subject: TransportSubject): Promise<Noting> {
  const renewals: Peer[] = []
  const stage = await scene(subject, { renew: async (_request, peer) => { renewals.push(peer); return enrollReply } })
  return { stage, renewals }
}

/** Gets in with its certificate, by a session and by renew. */
async function admitted({ stage, renewals }: Noting, identity: TlsIdentity): Promise<void> {
  const tls = { ...anyServer, identity }
  const channel = await within(stage.subject.agent().connect(stage.address, tls, never), 'connect')
  const { channel: { peer } } = await stage.nextSession()
  assert.deepEqual(peer.certificate, leafOf(identity))
  await within(channel.close(), 'close')
  await within(stage.subject.agent().renew(stage.address, renewRequest, tls, never), 'renew')
  assert.deepEqual(renewals.at(-1)?.certificate, leafOf(identity))
}

/** Gets no session, and renews like somebody without a certificate. */
async function unproven({ stage, renewals }: Noting, identity: TlsIdentity): Promise<void> {
  const tls = { ...anyServer, identity }
  const before = stage.sessionCount()
  await rejection(stage.subject.agent().connect(stage.address, tls, never), 'unauthenticated')
  assert.equal(stage.sessionCount(), before)
  await within(stage.subject.agent().renew(stage.address, renewRequest, tls, never), 'renew')
  assert.equal(renewals.at(-1)?.certificate, undefined)
}

const accepting = (server: ServerTls, ...clientAuthoritiesPem: readonly string[]): ServerTls => ({ ...server, clientAuthoritiesPem })

/** Whose certificates count, and that time does not. */
export const validityCases: readonly ConformanceCase<TransportSubject>[] = [
  {
    id: 'transport/time-is-not-judged',
    title: "a certificate that is over, or not valid yet, is handed up like any other: the master's clock may be the one that is wrong",
    async run(subject) {
      const notes = await noting(subject)
      for (const identity of [subject.material.expiredNode, subject.material.earlyNode]) await admitted(notes, identity)
    },
  },
  {
    id: 'transport/delegated-authorities',
    title: 'a certificate may lead to an authority over one between them, and the time of that one is not judged, either',
    async run(subject) {
      const notes = await noting(subject)
      const { authorityPem, node } = subject.material.delegated
      await unproven(notes, node)
      notes.stage.listener.updateTls(accepting(subject.material.server, authorityPem))
      await admitted(notes, node)
    },
  },
  {
    id: 'transport/refuses-expired-strangers',
    title: 'a certificate of another authority proves nothing by being over as well: no session, and renew is served as without one',
    async run(subject) {
      await unproven(await noting(subject), subject.stranger.expiredNode)
    },
  },
  {
    id: 'transport/refuses-forgeries',
    title: 'a node is no authority: what was signed with its key proves nothing, over or not',
    async run(subject) {
      await unproven(await noting(subject), subject.material.forgedNode)
    },
  },
  {
    id: 'transport/authorities-overlap',
    title: 'updateTls with two authorities accepts the nodes of both, and then with one only its own; open sessions live on',
    async run(subject) {
      assert.ok(beat)
      const notes = await noting(subject)
      const { stage } = notes
      const { material: old, stranger: next } = subject
      const [oldPem = '', nextPem = ''] = [old, next].map(({ server }) => server.clientAuthoritiesPem[0])
      const open = await connected(stage)
      const taken = iterate(open.master.messages)
      for (const authorities of [[nextPem, oldPem], [nextPem]]) {
        stage.listener.updateTls(accepting(old.server, ...authorities))
        await admitted(notes, next.node)
        await (authorities.includes(oldPem) ? admitted(notes, old.node) : unproven(notes, old.node))
        await within(open.agent.send(beat, never), 'send')
        assert.deepEqual(await take(taken, 1), [beat])
      }
    },
  },
]
