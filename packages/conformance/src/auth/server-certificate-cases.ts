import assert from 'node:assert/strict'
import { createPrivateKey } from 'node:crypto'
import { never } from '../kit/signals.js'
import type { ConformanceCase } from '../suite.js'
import type { CertificateAuthoritySubject } from './authority-subject.js'
import { certificatesOf, cluster, fingerprintOf, namesOf, serverAuth, usagesOf, validity } from './observe.js'

export const serverCertificateCases: readonly ConformanceCase<CertificateAuthoritySubject>[] = [
  {
    id: 'authority/server-names',
    title: "the master's certificate names its cluster, `piccolo-master`, and the hosts and addresses given",
    async run(subject) {
      const { leaf } = await issue(subject)
      assert.ok(namesOf(leaf).includes(`URI:piccolo://${cluster}/master`))
      for (const host of ['piccolo-master', 'localhost', 'master.example']) assert.equal(leaf.checkHost(host), host)
      for (const address of ['127.0.0.1', '::1', 'fd00::12']) assert.equal(leaf.checkIP(address), address)
      assert.equal(leaf.checkHost('another.example'), undefined)
    },
  },
  {
    id: 'authority/server-purpose',
    title: "the master's certificate serves a server only, and may not sign",
    async run(subject) {
      const { leaf } = await issue(subject)
      assert.deepEqual(usagesOf(leaf), [serverAuth])
      assert.equal(leaf.ca, false)
    },
  },
  {
    id: 'authority/server-key',
    title: "the master's key belongs to its certificate and is a new one each time",
    async run(subject) {
      const first = await issue(subject)
      assert.ok(first.leaf.checkPrivateKey(createPrivateKey(first.privateKeyPem)))
      await first.authority.close()
      const second = await issue(subject)
      assert.notEqual(fingerprintOf(first.leaf.publicKey), fingerprintOf(second.leaf.publicKey))
    },
  },
  {
    id: 'authority/server-validity',
    title: "the master's certificate is valid exactly as asked",
    async run(subject) {
      const { leaf } = await issue(subject)
      assert.equal(Date.parse(leaf.validFrom), validity.notBeforeMs)
      assert.equal(Date.parse(leaf.validTo), validity.notAfterMs)
    },
  },
  {
    id: 'authority/server-chain',
    title: "the master's chain carries the pinned authority, for nodes that know nothing but the pin",
    async run(subject) {
      const { authority, leaf, rest } = await issue(subject)
      const pinned = rest.find((certificate) => fingerprintOf(certificate.publicKey) === authority.publicKeyPin)
      assert.ok(pinned !== undefined && pinned.ca)
      assert.ok(leaf.checkIssued(pinned) && leaf.verify(pinned.publicKey))
    },
  },
]

async function issue(subject: CertificateAuthoritySubject) {
  const authority = subject.authority()
  await authority.open({ cluster }, never)
  const names = ['localhost', 'master.example', '127.0.0.1', '::1', 'fd00::12']
  const identity = await authority.issueServer({ cluster, names, ...validity }, never)
  const [leaf, ...rest] = certificatesOf(identity.certificateChainPem)
  return { authority, leaf, rest, privateKeyPem: identity.privateKeyPem }
}
