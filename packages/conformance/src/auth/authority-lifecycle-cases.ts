import assert from 'node:assert/strict'
import type { CertificateAuthority } from '@piccolo/core/spi'
import { refuses } from '../kit/refuses.js'
import { aborted, never } from '../kit/signals.js'
import type { ConformanceCase } from '../suite.js'
import type { CertificateAuthoritySubject } from './authority-subject.js'
import { certificatesOf, cluster, fingerprintOf, nodeId, validity } from './observe.js'

export const authorityLifecycleCases: readonly ConformanceCase<CertificateAuthoritySubject>[] = [
  {
    id: 'authority/closed-refuses',
    title: 'refuses everything before it was opened and after it was closed',
    async run({ authority, csr }) {
      const subject = authority()
      await refusesEverything(subject, csr())
      await subject.open({ cluster }, never)
      await subject.close()
      await refusesEverything(subject, csr())
    },
  },
  {
    id: 'authority/second-open',
    title: 'refuses a second open and goes on working',
    async run({ authority }) {
      const subject = authority()
      await subject.open({ cluster }, never)
      const pin = subject.publicKeyPin
      await refuses('failed-precondition', () => subject.open({ cluster }, never))
      assert.equal(subject.publicKeyPin, pin)
    },
  },
  {
    id: 'authority/close-idempotent',
    title: 'can be closed before it was opened, and twice',
    async run({ authority }) {
      const subject = authority()
      await subject.close()
      await subject.open({ cluster }, never)
      await subject.close()
      await subject.close()
    },
  },
  {
    id: 'authority/aborted-open-makes-nothing',
    title: 'an aborted first open makes nothing: the next one, for another cluster, works',
    async run({ authority }) {
      const subject = authority()
      await refuses('aborted', () => subject.open({ cluster: 'another' }, aborted))
      await subject.open({ cluster }, never)
    },
  },
  {
    id: 'authority/keeps-its-key',
    title: 'a restarted authority has the same key and certificate',
    async run({ authority }) {
      const before = authority()
      await before.open({ cluster }, never)
      const { publicKeyPin, authoritiesPem } = before
      await before.close()
      const after = authority()
      await after.open({ cluster }, never)
      assert.equal(after.publicKeyPin, publicKeyPin)
      assert.deepEqual(after.authoritiesPem, authoritiesPem)
    },
  },
  {
    id: 'authority/one-cluster',
    title: "refuses to be opened for another cluster than it was made for, and stays the first one's",
    async run({ authority }) {
      const first = authority()
      await first.open({ cluster }, never)
      const { publicKeyPin } = first
      await first.close()
      await refuses('failed-precondition', () => authority().open({ cluster: 'another' }, never))
      const again = authority()
      await again.open({ cluster }, never)
      assert.equal(again.publicKeyPin, publicKeyPin)
    },
  },
  {
    id: 'authority/trusted-already',
    title: 'opened for a cluster whose nodes trust a key, it has that key, or refuses and makes nothing',
    async run({ authority, stranger }) {
      const other = stranger()
      await other.open({ cluster }, never)
      const pin = other.publicKeyPin
      // For another cluster: had it been made, this one could not have it.
      await assert.rejects(() => authority().open({ cluster: 'another', pin }, never))
      const made = authority()
      await made.open({ cluster }, never)
      const own = made.publicKeyPin
      await made.close()
      await refuses('not-found', () => authority().open({ cluster, pin }, never))
      const again = authority()
      await again.open({ cluster, pin: own }, never)
      assert.equal(again.publicKeyPin, own)
    },
  },
  {
    id: 'authority/pin',
    title: 'its pin is the SHA-256 of the public key in its newest certificate, which may sign others',
    async run({ authority }) {
      const subject = authority()
      await subject.open({ cluster }, never)
      const [newest] = certificatesOf(subject.authoritiesPem.join('\n'))
      assert.equal(subject.publicKeyPin, fingerprintOf(newest.publicKey))
      assert.ok(newest.ca)
    },
  },
  {
    id: 'authority/keys-are-its-own',
    title: 'another authority for a cluster of the same name has another key',
    async run({ authority, stranger }) {
      const [one, other] = [authority(), stranger()]
      await one.open({ cluster }, never)
      await other.open({ cluster }, never)
      assert.notEqual(one.publicKeyPin, other.publicKeyPin)
    },
  },
]

async function refusesEverything(subject: CertificateAuthority, csr: Uint8Array): Promise<void> {
  await refuses('failed-precondition', () => subject.publicKeyPin)
  await refuses('failed-precondition', () => subject.authoritiesPem)
  await refuses('failed-precondition', () => subject.issueNode({ cluster, nodeId, csr, ...validity }, never))
  await refuses('failed-precondition', () => subject.issueServer({ cluster, names: [], ...validity }, never))
}
