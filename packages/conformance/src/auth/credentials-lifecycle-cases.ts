import assert from 'node:assert/strict'
import { createPrivateKey } from 'node:crypto'
import { refuses } from '../kit/refuses.js'
import { never } from '../kit/signals.js'
import type { ConformanceCase } from '../suite.js'
import type { NodeCredentialsSubject } from './credentials-subject.js'
import { member, newcomer, tokenFor } from './join.js'
import { certificatesOf, cluster, issued, nodeId, nowMs, validity } from './observe.js'

export const credentialsLifecycleCases: readonly ConformanceCase<NodeCredentialsSubject>[] = [
  {
    id: 'credentials/closed-refuses',
    title: 'has no identity and signs nothing unless it is open',
    async run({ credentials, authority }) {
      const subject = credentials(tokenFor(authority))
      assert.equal(subject.enrolled, undefined)
      await refuses('failed-precondition', () => subject.enrolment(never))
      await refuses('failed-precondition', () => subject.renewal(never))
      await subject.open(never)
      await subject.close()
      await refuses('failed-precondition', () => subject.enrolment(never))
      await refuses('failed-precondition', () => subject.renewal(never))
    },
  },
  {
    id: 'credentials/second-open',
    title: 'refuses a second open; can be closed twice, and before it was opened',
    async run({ credentials }) {
      const subject = credentials()
      await subject.close()
      await subject.open(never)
      await refuses('failed-precondition', () => subject.open(never))
      await subject.close()
      await subject.close()
    },
  },
  {
    id: 'credentials/key-first',
    title: 'I1: has its key from the first open on and keeps it, so that a lost answer can be asked for again',
    async run(subject) {
      const before = await newcomer(subject)
      const { csr } = await before.enrolment(never)
      await before.close()
      const after = await newcomer(subject)
      const again = await after.renewal(never)
      const { authority } = subject
      assert.deepEqual(await authority.readCsr(again.csr), await authority.readCsr(csr))
      await after.enrolment(never)
      await after.accept(await issued(authority, again.csr), never)
      assert.equal(after.enrolled?.nodeId, nodeId)
    },
  },
  {
    id: 'credentials/identity',
    title: 'a joined node has its names, its certificate with key, and knows until when it is valid',
    async run(subject) {
      const { enrolled } = await member(subject)
      assert.ok(enrolled !== undefined)
      assert.deepEqual([enrolled.cluster, enrolled.nodeId], [cluster, nodeId])
      assert.deepEqual([enrolled.notBeforeMs, enrolled.notAfterMs], [validity.notBeforeMs, validity.notAfterMs])
      const [leaf] = certificatesOf(enrolled.tls.certificateChainPem)
      assert.ok(leaf.checkPrivateKey(createPrivateKey(enrolled.tls.privateKeyPem)))
    },
  },
  {
    id: 'credentials/identity-lasts',
    title: 'a joined node is the same after a restart, and needs no token any more',
    async run(subject) {
      const before = await member(subject)
      const { enrolled } = before
      await before.close()
      const after = subject.credentials()
      await after.open(never)
      assert.deepEqual(after.enrolled, enrolled)
      after.verifyServer(() => nowMs)
    },
  },
]
