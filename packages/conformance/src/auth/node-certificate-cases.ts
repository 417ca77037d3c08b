import assert from 'node:assert/strict'
import type { CertificateAuthority } from '@piccolo/core/spi'
import { refuses } from '../kit/refuses.js'
import { never } from '../kit/signals.js'
import type { ConformanceCase } from '../suite.js'
import type { CertificateAuthoritySubject } from './authority-subject.js'
import { certificatesOf, clientAuth, cluster, fingerprintOf, leadsTo, namesOf, nodeId, usagesOf, validity, withBrokenSignature } from './observe.js'

export const nodeCertificateCases: readonly ConformanceCase<CertificateAuthoritySubject>[] = [
  {
    id: 'authority/node-names',
    title: "a node's certificate carries the names that the master decided, and no others",
    async run(subject) {
      const { leaf } = await issue(subject)
      assert.deepEqual(namesOf(leaf), [`URI:piccolo://${cluster}/node/${nodeId}`])
      assert.equal(leaf.subject, `CN=${nodeId}`)
    },
  },
  {
    id: 'authority/node-key',
    title: "a node's certificate is about the key that its request proved, and the answer names that key",
    async run(subject) {
      const { leaf, keyFingerprint, proven } = await issue(subject)
      assert.equal(fingerprintOf(leaf.publicKey), keyFingerprint)
      assert.equal(proven, keyFingerprint)
    },
  },
  {
    id: 'authority/node-purpose',
    title: "a node's certificate serves a client only, and may not sign",
    async run(subject) {
      const { leaf } = await issue(subject)
      assert.deepEqual(usagesOf(leaf), [clientAuth])
      assert.equal(leaf.ca, false)
    },
  },
  {
    id: 'authority/node-validity',
    title: 'a certificate is valid exactly as asked, and the answer says until when',
    async run(subject) {
      const { leaf, notAfterMs } = await issue(subject)
      assert.equal(Date.parse(leaf.validFrom), validity.notBeforeMs)
      assert.equal(Date.parse(leaf.validTo), validity.notAfterMs)
      assert.equal(notAfterMs, validity.notAfterMs)
    },
  },
  {
    id: 'authority/node-signature',
    title: 'the chain begins with the certificate and leads to the authority',
    async run(subject) {
      const { certificateChainPem, authority } = await issue(subject)
      assert.ok(leadsTo(certificatesOf(certificateChainPem), certificatesOf(authority.authoritiesPem.join('\n'))))
    },
  },
  {
    id: 'authority/serials',
    title: 'serials never repeat, and the answer tells them',
    async run(subject) {
      const authority = await opened(subject)
      const serials = new Set<string>()
      for (let count = 0; count < 8; count += 1) {
        const answer = await authority.issueNode({ cluster, nodeId, csr: subject.csr(), ...validity }, never)
        assert.equal(answer.serial.toLowerCase(), certificatesOf(answer.certificateChainPem)[0].serialNumber.toLowerCase())
        serials.add(answer.serial)
      }
      assert.equal(serials.size, 8)
    },
  },
  {
    id: 'authority/csr-must-prove',
    title: 'refuses a request that does not parse or whose signature does not hold',
    async run(subject) {
      const authority = await opened(subject)
      const good = subject.csr()
      const bad = [new Uint8Array(), new TextEncoder().encode('hello'), good.subarray(0, good.length - 10), withBrokenSignature(good), new Uint8Array(65_536).fill(0x30)]
      for (const csr of bad) {
        await refuses('invalid-argument', () => authority.readCsr(csr))
        await refuses('invalid-argument', () => authority.issueNode({ cluster, nodeId, csr, ...validity }, never))
      }
    },
  },
  {
    id: 'authority/names-unambiguous',
    title: 'refuses a node id that would read as something else in a certificate',
    async run(subject) {
      const authority = await opened(subject)
      for (const bad of ['', 'a/b', '../master', 'a, URI:piccolo://suite/master', 'a b', 'a\0b', 'x'.repeat(300)]) {
        await refuses('invalid-argument', () => authority.issueNode({ cluster, nodeId: bad, csr: subject.csr(), ...validity }, never))
      }
    },
  },
  {
    id: 'authority/own-cluster-only',
    title: 'signs for the cluster it was opened for only',
    async run(subject) {
      const authority = await opened(subject)
      await refuses('invalid-argument', () => authority.issueNode({ cluster: 'another', nodeId, csr: subject.csr(), ...validity }, never))
      await refuses('invalid-argument', () => authority.issueServer({ cluster: 'another', names: [], ...validity }, never))
    },
  },
]

async function opened({ authority }: CertificateAuthoritySubject): Promise<CertificateAuthority> {
  const subject = authority()
  await subject.open({ cluster }, never)
  return subject
}

async function issue(subject: CertificateAuthoritySubject) {
  const authority = await opened(subject)
  const csr = subject.csr()
  const answer = await authority.issueNode({ cluster, nodeId, csr, ...validity }, never)
  const [leaf] = certificatesOf(answer.certificateChainPem)
  const { keyFingerprint: proven } = await authority.readCsr(csr)
  return { ...answer, authority, leaf, proven }
}
