import assert from 'node:assert/strict'
import type { X509Certificate } from 'node:crypto'
import type { CertificateAuthority } from '@piccolo/core/spi'
import { never } from '../kit/signals.js'
import type { ConformanceCase } from '../suite.js'
import type { CertificateAuthoritySubject } from './authority-subject.js'
import { certificatesOf, cluster, fingerprintOf, leadsTo, nodeId, validity } from './observe.js'

const given = { what: 'a new key for an authority', holds: ({ roll }: CertificateAuthoritySubject) => roll !== undefined }

export const rolledAuthorityCases: readonly ConformanceCase<CertificateAuthoritySubject>[] = [
  {
    id: 'authority/rolled-key',
    title: 'rolled, it pins a new key, and trusts the new authority before the old one',
    given,
    async run(subject) {
      const { authority, before } = await rolled(subject, { overlap: true })
      const [newest, older] = anchorsOf(authority)
      assert.ok(newest !== undefined && older !== undefined)
      assert.equal(authority.publicKeyPin, fingerprintOf(newest.publicKey))
      assert.notEqual(authority.publicKeyPin, before.publicKeyPin)
      assert.equal(fingerprintOf(older.publicKey), before.publicKeyPin)
    },
  },
  {
    id: 'authority/rolled-chains',
    title: 'I9: rolled twice, what it signs leads to the new authority, and just as well to each older one for those who know no other',
    given,
    async run(subject) {
      const { authority, before } = await rolled(subject, { overlap: true })
      const between = anchorsOf(authority).slice(0, 1)
      await subject.roll?.({ overlap: true })
      for (const chain of await chainsOf(subject, authority)) {
        for (const anchors of [anchorsOf(authority).slice(0, 1), between, before.anchors]) assert.ok(leadsTo(chain, anchors))
      }
    },
  },
  {
    id: 'authority/rolled-pins',
    title: 'I9: rolled, the chain of the master carries the key that an older token pins, and the one that a new token does',
    given,
    async run(subject) {
      const { authority, before } = await rolled(subject, { overlap: true })
      const [, server] = await chainsOf(subject, authority)
      for (const pin of [before.publicKeyPin, authority.publicKeyPin]) {
        assert.ok(leadsTo(server, server.slice(1).filter(({ publicKey }) => fingerprintOf(publicKey) === pin)))
      }
    },
  },
  {
    id: 'authority/rolled-erases',
    title: 'rolled, it signs nothing with the old key any more',
    given,
    async run(subject) {
      const { authority, before } = await rolled(subject, { overlap: true })
      for (const [leaf] of await chainsOf(subject, authority)) assert.ok(!leadsTo([leaf], before.anchors))
    },
  },
  {
    id: 'authority/rolled-lasts',
    title: 'rolled, it is the same after a restart',
    given,
    async run(subject) {
      const { authority } = await rolled(subject, { overlap: true })
      const { publicKeyPin, authoritiesPem } = authority
      await authority.close()
      const after = subject.authority()
      await after.open({ cluster }, never)
      assert.equal(after.publicKeyPin, publicKeyPin)
      assert.deepEqual(after.authoritiesPem, authoritiesPem)
    },
  },
  {
    id: 'authority/rolled-known',
    title: 'I9: rolled, with an overlap or without, it is still the one of which nodes trust an earlier key',
    given,
    async run(subject) {
      const { authority, before } = await rolled(subject, { overlap: true })
      await subject.roll?.({ overlap: false })
      await authority.close()
      await subject.authority().open({ cluster, pin: before.publicKeyPin }, never)
    },
  },
  {
    id: 'authority/rolled-without-overlap',
    title: 'I9: rolled without an overlap, it trusts the old authority no longer, and its chains still lead there',
    given,
    async run(subject) {
      const { authority, before } = await rolled(subject, { overlap: false })
      assert.deepEqual(anchorsOf(authority).map(({ publicKey }) => fingerprintOf(publicKey)), [authority.publicKeyPin])
      for (const chain of await chainsOf(subject, authority)) assert.ok(leadsTo(chain, before.anchors))
    },
  },
  {
    id: 'authority/rolled-in-an-emergency',
    title: 'I9: rolled without an overlap, it trusts no older one either, because that vouches for the one just left',
    given,
    async run(subject) {
      const { authority } = await rolled(subject, { overlap: true })
      await subject.roll?.({ overlap: false })
      assert.deepEqual(anchorsOf(authority).map(({ publicKey }) => fingerprintOf(publicKey)), [authority.publicKeyPin])
    },
  },
  {
    id: 'authority/rolled-tells',
    title: 'tells whoever listens that it was rolled, and nobody who does not any more',
    given,
    async run(subject) {
      const authority = await opened(subject)
      const heard: string[] = []
      authority.onChange(() => heard.push(authority.publicKeyPin))
      const cancel = authority.onChange(() => heard.push('cancelled'))
      cancel()
      cancel()
      await subject.roll?.({ overlap: true })
      assert.ok(heard.length > 0)
      assert.deepEqual(new Set(heard), new Set([authority.publicKeyPin]))
    },
  },
]

async function opened(subject: CertificateAuthoritySubject): Promise<CertificateAuthority> {
  const authority = subject.authority()
  await authority.open({ cluster }, never)
  return authority
}

async function rolled(subject: CertificateAuthoritySubject, options: { readonly overlap: boolean }) {
  const authority = await opened(subject)
  const before = { publicKeyPin: authority.publicKeyPin, anchors: anchorsOf(authority) }
  await subject.roll?.(options)
  return { authority, before }
}

function anchorsOf({ authoritiesPem }: CertificateAuthority): readonly X509Certificate[] {
  return authoritiesPem.flatMap((pem) => certificatesOf(pem))
}

/** Of a node, and of the master. */
async function chainsOf({ csr }: CertificateAuthoritySubject, authority: CertificateAuthority) {
  const node = await authority.issueNode({ cluster, nodeId, csr: csr(), ...validity }, never)
  const server = await authority.issueServer({ cluster, names: ['localhost'], ...validity }, never)
  return [certificatesOf(node.certificateChainPem), certificatesOf(server.certificateChainPem)] as const
}
