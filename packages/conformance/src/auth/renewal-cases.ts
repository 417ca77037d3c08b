import assert from 'node:assert/strict'
import { refuses } from '../kit/refuses.js'
import { never } from '../kit/signals.js'
import type { ConformanceCase } from '../suite.js'
import type { NodeCredentialsSubject } from './credentials-subject.js'
import { member, newcomer, tokenFor } from './join.js'
import { derOf, issued, nodeId, nowMs, serverChain, validity } from './observe.js'

const dayMs = 24 * 3_600_000

export const renewalCases: readonly ConformanceCase<NodeCredentialsSubject>[] = [
  {
    id: 'credentials/renews',
    title: 'keeps a renewed certificate for the same key, over a restart too',
    async run(subject) {
      const node = await member(subject)
      const key = node.enrolled?.tls.privateKeyPem
      const notAfterMs = validity.notAfterMs + dayMs
      await node.accept(await issued(subject.authority, (await node.renewal(never)).csr, { notAfterMs }), never)
      assert.equal(node.enrolled?.notAfterMs, notAfterMs)
      await node.close()
      const after = subject.credentials()
      await after.open(never)
      assert.equal(after.enrolled?.notAfterMs, notAfterMs)
      assert.equal(after.enrolled.tls.privateKeyPem, key)
    },
  },
  {
    id: 'credentials/renewal-checks',
    title: 'a renewal changes neither authority nor name behind its back, and leaves the identity as it was',
    async run(subject) {
      const node = await member(subject)
      const { enrolled } = node
      const { csr } = await node.renewal(never)
      await refuses('unauthenticated', async () => node.accept(await issued(subject.stranger, csr), never))
      await refuses('conflict', async () => node.accept(await issued(subject.authority, csr, { nodeId: 'node-2' }), never))
      assert.deepEqual(node.enrolled, enrolled)
    },
  },
  {
    id: 'credentials/joins-anew',
    title: 'a joined node given a token of another cluster joins that one when it is told to enrol',
    async run(subject) {
      await (await member(subject)).close()
      const node = subject.credentials(tokenFor(subject.stranger))
      await node.open(never)
      assert.equal(node.enrolled?.nodeId, nodeId)
      const { csr, verifyServer } = await node.enrolment(never)
      verifyServer(await serverChain(subject.stranger))
      await node.accept(await issued(subject.stranger, csr, { nodeId: 'node-2' }), never)
      assert.equal(node.enrolled.nodeId, 'node-2')
      node.verifyServer(() => nowMs)(await serverChain(subject.stranger))
    },
  },
  {
    id: 'credentials/knows-its-master',
    title: "after joining it trusts its cluster's master and nobody else",
    async run(subject) {
      const { authority, stranger } = subject
      const before = await newcomer(subject)
      await refuses('failed-precondition', () => before.verifyServer(() => nowMs))
      await before.close()
      const node = await member(subject)
      const verify = node.verifyServer(() => nowMs)
      verify(await serverChain(authority))
      const strange = await serverChain(stranger)
      const pinned = authority.authoritiesPem.flatMap(derOf)
      const own = derOf(node.enrolled?.tls.certificateChainPem ?? '')
      for (const chain of [strange, [...strange.slice(0, 1), ...pinned], own, pinned, [], [new Uint8Array([1])]]) {
        await refuses('unauthenticated', () => { verify(chain); })
      }
    },
  },
  {
    id: 'credentials/trusted-time',
    title: 'I7: refuses a master only when its certificate had expired by the earliest time it can be, asked anew for every connection',
    async run(subject) {
      const node = await member(subject)
      const chain = await serverChain(subject.authority)
      let earliestMs = nowMs
      const verify = node.verifyServer(() => earliestMs)
      verify(chain)
      earliestMs = validity.notAfterMs + dayMs
      await refuses('unauthenticated', () => { verify(chain); })
      earliestMs = Number.NaN
      await refuses('unauthenticated', () => { verify(chain); })
    },
  },
  {
    id: 'credentials/not-valid-yet',
    title: 'I7: trusts a master whose certificate begins in the future: a board that was off, or a master whose clock ran ahead, is not locked out',
    async run(subject) {
      const node = await member(subject)
      const chain = await serverChain(subject.authority)
      for (const earliestMs of [validity.notBeforeMs - dayMs, validity.notBeforeMs - 3653 * dayMs, 0]) node.verifyServer(() => earliestMs)(chain)
    },
  },
]
