import assert from 'node:assert/strict'
import { createPrivateKey } from 'node:crypto'
import type { CertificateAuthority } from '@piccolo/core/spi'
import { never } from '../kit/signals.js'
import type { ConformanceCase } from '../suite.js'
import type { CertificateAuthoritySubject } from './authority-subject.js'
import { certificatesOf, cluster, fingerprintOf, leadsTo, namesOf, serverAuth, usagesOf, validity } from './observe.js'

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
    title: "the master's key belongs to its certificate, and is not the authority's own",
    async run(subject) {
      const { authority, leaf, privateKeyPem } = await issue(subject)
      assert.ok(leaf.checkPrivateKey(createPrivateKey(privateKeyPem)))
      assert.notEqual(fingerprintOf(leaf.publicKey), authority.publicKeyPin)
    },
  },
  {
    id: 'authority/server-validity',
    title: "the master's first certificate is valid exactly as asked",
    async run(subject) {
      const { leaf } = await issue(subject)
      assert.equal(Date.parse(leaf.validFrom), validity.notBeforeMs)
      assert.equal(Date.parse(leaf.validTo), validity.notAfterMs)
    },
  },
  {
    id: 'authority/server-renamed',
    title: 'a master that starts again under other names gets a certificate for these, and only these',
    async run(subject) {
      const first = await issue(subject)
      await first.authority.close()
      const { leaf } = await issue(subject, { names: ['localhost', 'moved.example'] })
      assert.equal(leaf.checkHost('moved.example'), 'moved.example')
      assert.equal(leaf.checkHost('master.example'), undefined)
    },
  },
  {
    id: 'authority/server-aged',
    title: 'whenever a master starts again, its certificate holds from then on, for a third of the life asked for at least, and no longer than asked',
    async run(subject) {
      const lifeMs = validity.notAfterMs - validity.notBeforeMs
      const first = await issue(subject)
      await first.authority.close()
      for (const laterMs of [-lifeMs, 0, 0.5 * lifeMs, 0.9 * lifeMs, 2 * lifeMs]) {
        const asked = { notBeforeMs: wholeSecond(validity.notBeforeMs + laterMs), notAfterMs: wholeSecond(validity.notAfterMs + laterMs) }
        const { authority, leaf } = await issue(subject, asked)
        assert.ok(Date.parse(leaf.validFrom) <= asked.notBeforeMs)
        assert.ok(Date.parse(leaf.validTo) >= asked.notBeforeMs + lifeMs / 3)
        assert.ok(Date.parse(leaf.validTo) <= asked.notAfterMs)
        await authority.close()
      }
    },
  },
  {
    id: 'authority/server-chain',
    title: "the master's chain carries the pinned authority, for nodes that know nothing but the pin",
    async run(subject) {
      const { authority, leaf, rest } = await issue(subject)
      assert.ok(leadsTo([leaf, ...rest], rest.filter(({ publicKey }) => fingerprintOf(publicKey) === authority.publicKeyPin)))
    },
  },
]

async function issue(subject: CertificateAuthoritySubject, changes: Partial<Parameters<CertificateAuthority['issueServer']>[0]> = {}) {
  const authority = subject.authority()
  await authority.open({ cluster }, never)
  const names = ['localhost', 'master.example', '127.0.0.1', '::1', 'fd00::12']
  const identity = await authority.issueServer({ cluster, names, ...validity, ...changes }, never)
  const [leaf, ...rest] = certificatesOf(identity.certificateChainPem)
  return { authority, leaf, rest, privateKeyPem: identity.privateKeyPem }
}

function wholeSecond(ms: number): number {
  return Math.floor(ms / 1000) * 1000
}
