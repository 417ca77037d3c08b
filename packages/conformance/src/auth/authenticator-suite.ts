import { X509Certificate } from 'node:crypto'
import assert from 'node:assert/strict'
import type { Authenticator, CertificateAuthority, PersonRole, Proof } from '@piccolo/core/spi'
import { abortCases } from '../kit/abort-cases.js'
import { never } from '../kit/signals.js'
import type { ConformanceSuite } from '../suite.js'
import { certificatesOf, cluster, derOf, issued, nodeId, serverChain, withBrokenSignature } from './observe.js'

/** What the suite needs of the adapter under test; a fresh one for every case. */
export interface AuthenticatorSubject {
  readonly authenticator: Authenticator
  /** Open for cluster `suite`; whose certificates the authenticator knows. */
  readonly authority: CertificateAuthority
  /** Open for a cluster that is called `suite` as well, and unknown to the authenticator. */
  readonly stranger: CertificateAuthority
  csr(): Uint8Array
  /** A person's token that is known; absent if people prove themselves otherwise. */
  readonly person?: AuthenticatorPerson & { readonly token: string }
  /** A person whose client certificate (DER) is known; absent if people prove themselves otherwise. */
  readonly certifiedPerson?: AuthenticatorPerson & {
    readonly certificate: Uint8Array
    /** Gives the same person another certificate, for a new key, in place of the one before. */
    replace(): Promise<Uint8Array>
  }
  /** Gives `authority` a new key. Without an overlap, what the old key signed is accepted no longer. Absent if it keeps its key for good. */
  roll?(options: { readonly overlap: boolean }): Promise<void>
}

/** Somebody whom the authenticator under test knows. */
export interface AuthenticatorPerson {
  readonly name: string
  readonly role: PersonRole
  /** Gives the person another role; undefined takes the access away. Absent if that is done elsewhere. */
  setRole?(role: PersonRole | undefined): Promise<void>
}

interface AbortScene {
  readonly authenticator: Authenticator
  readonly leaf: Uint8Array
}

/** An aborted call is an error, not a verdict. */
const aborts = abortCases<AbortScene, AuthenticatorSubject>({
  prefix: 'authenticator',
  enter: async ({ authenticator, authority, csr }, run) => run({ authenticator, leaf: await leafOf(authority, csr()) }),
  rows: [
    { method: 'certificate', call: ({ authenticator, leaf }, signal) => authenticator.authenticate(proofOf(leaf), signal) },
    { method: 'token', call: ({ authenticator }, signal) => authenticator.authenticate({ type: 'bearer', token: 'x' }, signal) },
  ],
})

/** What an Authenticator owes: it knows whom it should, and nobody else. */
export const authenticatorSuite: ConformanceSuite<AuthenticatorSubject> = {
  port: 'Authenticator',
  cases: [
    {
      id: 'authenticator/node',
      title: "knows a node by its authority's certificate, with cluster and key and the end of its validity",
      async run({ authenticator, authority, csr }) {
        const request = csr()
        const { keyFingerprint } = await authority.readCsr(request)
        const leaf = await leafOf(authority, request)
        const principal = await authenticator.authenticate(proofOf(leaf), never)
        assert.deepEqual(principal, { kind: 'node', nodeId, cluster, keyFingerprint, notAfterMs: Date.parse(new X509Certificate(leaf).validTo) })
      },
    },
    {
      id: 'authenticator/strange-authority',
      title: 'does not know a node whose certificate another authority signed under the same names',
      run: async ({ authenticator, stranger, csr }) => unknown(authenticator, proofOf(await leafOf(stranger, csr()))),
    },
    {
      id: 'authenticator/not-a-node',
      title: "takes neither the master's certificate nor the authority's own for a node",
      async run({ authenticator, authority }) {
        for (const encoded of [...(await serverChain(authority)), ...authority.authoritiesPem.flatMap(derOf)]) await unknown(authenticator, proofOf(encoded))
      },
    },
    {
      id: 'authenticator/damaged-certificate',
      title: 'does not know what is damaged or no certificate at all',
      async run({ authenticator, authority, csr }) {
        const leaf = await leafOf(authority, csr())
        for (const encoded of [withBrokenSignature(leaf), leaf.subarray(0, 100), new Uint8Array(), new TextEncoder().encode('node-1')]) {
          await unknown(authenticator, proofOf(encoded))
        }
      },
    },
    {
      id: 'authenticator/person',
      title: 'knows a person by the token, with name and role',
      given: { what: 'tokens of people', holds: ({ person }) => person !== undefined },
      async run({ authenticator, person }) {
        assert.ok(person)
        const { token, name, role } = person
        assert.deepEqual(await authenticator.authenticate({ type: 'bearer', token }, never), { kind: 'person', name, role })
      },
    },
    {
      id: 'authenticator/person-certificate',
      title: 'knows a person by the certificate, with name and role, and not by one that was replaced',
      given: { what: 'certificates of people', holds: ({ certifiedPerson }) => certifiedPerson !== undefined },
      async run({ authenticator, certifiedPerson: person }) {
        assert.ok(person)
        const known = { kind: 'person', name: person.name, role: person.role }
        assert.deepEqual(await authenticator.authenticate(proofOf(person.certificate), never), known)
        const next = await person.replace()
        assert.deepEqual(await authenticator.authenticate(proofOf(next), never), known)
        await unknown(authenticator, proofOf(person.certificate))
      },
    },
    {
      id: 'authenticator/role-changed',
      title: 'I8: a role that is changed or taken away counts at the next call',
      given: { what: 'roles that change', holds: ({ person, certifiedPerson }) => (person ?? certifiedPerson)?.setRole !== undefined },
      async run({ authenticator, person, certifiedPerson }) {
        for (const [one, proof] of [[person, tokenOf(person)], [certifiedPerson, certificateOf(certifiedPerson)]] as const) {
          if (one?.setRole === undefined || proof === undefined) continue
          for (const role of ['viewer', 'admin', 'operator'] as const) {
            await one.setRole(role)
            assert.deepEqual(await authenticator.authenticate(proof, never), { kind: 'person', name: one.name, role })
          }
          await one.setRole(undefined)
          await unknown(authenticator, proof)
        }
      },
    },
    {
      id: 'authenticator/people-listed',
      title: 'I8: lists whom it knows, each with role and proof, and no secret among them',
      given: { what: 'a list of people', holds: ({ authenticator, person, certifiedPerson }) => authenticator.people !== undefined && (person ?? certifiedPerson) !== undefined },
      async run({ authenticator, person, certifiedPerson }) {
        const list = await authenticator.people?.list(never) ?? []
        for (const [one, proof] of [[person, 'token'], [certifiedPerson, 'certificate']] as const) {
          if (one === undefined) continue
          const own = list.filter((entry) => entry.name === one.name && entry.proof === proof)
          assert.deepEqual(own.map(({ role }) => role), [one.role])
          assert.ok(own.every(({ proofId }) => proofId !== ''))
        }
        if (person === undefined) return
        const [, , secret = person.token] = person.token.split('.')
        assert.ok(!JSON.stringify(list).includes(secret), 'a secret is in the list')
      },
    },
    {
      id: 'authenticator/people-changed',
      title: 'I8: a role that is changed or taken away is in the list by the time it counts',
      given: { what: 'a list of people whose roles change', holds: ({ authenticator, person, certifiedPerson }) => authenticator.people !== undefined && (person ?? certifiedPerson)?.setRole !== undefined },
      async run({ authenticator, person, certifiedPerson }) {
        for (const one of [person, certifiedPerson]) {
          if (one?.setRole === undefined) continue
          const roles = async () => new Set((await authenticator.people?.list(never) ?? []).flatMap(({ name, role }) => (name === one.name ? [role] : [])))
          await roles()
          for (const role of ['viewer', 'admin', 'operator'] as const) {
            await one.setRole(role)
            assert.deepEqual(await roles(), new Set([role]))
          }
          await one.setRole(undefined)
          assert.deepEqual(await roles(), new Set())
        }
      },
    },
    {
      id: 'authenticator/people-replaced',
      title: 'I8: the list tells a certificate from the one that replaces it, and the same one twice alike',
      given: { what: 'a list of people with certificates', holds: ({ authenticator, certifiedPerson }) => authenticator.people !== undefined && certifiedPerson !== undefined },
      async run({ authenticator, certifiedPerson: person }) {
        assert.ok(person)
        const proof = async () => (await authenticator.people?.list(never) ?? []).filter(({ name, proof: by }) => name === person.name && by === 'certificate').map(({ proofId }) => proofId)
        const before = await proof()
        assert.deepEqual(await proof(), before)
        await person.replace()
        const [now, ...more] = await proof()
        assert.deepEqual(more, [])
        assert.ok(now !== undefined && !before.includes(now))
      },
    },
    {
      id: 'authenticator/rolled',
      title: 'I9: knows nodes by certificates of the new key and of the old one, until there is no overlap any more',
      given: { what: 'a new key for an authority', holds: ({ roll }) => roll !== undefined },
      async run({ authenticator, authority, csr, roll }) {
        assert.ok(roll)
        const first = await leafOf(authority, csr())
        await roll({ overlap: true })
        const second = await leafOf(authority, csr())
        for (const leaf of [first, second]) assert.equal((await authenticator.authenticate(proofOf(leaf), never))?.kind, 'node')
        await roll({ overlap: false })
        // The first key vouches for the second: trusting it any longer would be trusting both.
        for (const leaf of [first, second]) await unknown(authenticator, proofOf(leaf))
        assert.equal((await authenticator.authenticate(proofOf(await leafOf(authority, csr())), never))?.kind, 'node')
      },
    },
    {
      id: 'authenticator/strange-token',
      title: 'does not know tokens that are altered, cut off, someone else’s or no tokens',
      async run({ authenticator, authority, person }) {
        const token = person?.token ?? `pcu1.0123456789ab.${'0'.repeat(40)}`
        const changed = token.slice(0, -1) + (token.endsWith('0') ? '1' : '0')
        const joinToken = `pcl1.0123456789ab.${'0'.repeat(40)}.${authority.publicKeyPin}`
        const bad = [changed, token.slice(0, -1), token.slice(1), `${token}0`, token.toUpperCase(), joinToken, '', '..', '__proto__', 'constructor', 'x'.repeat(100_000)]
        for (const text of bad) await unknown(authenticator, { type: 'bearer', token: text })
      },
    },
    ...aborts,
  ],
}

async function unknown(authenticator: Authenticator, proof: Proof): Promise<void> {
  assert.equal(await authenticator.authenticate(proof, never), undefined)
}

async function leafOf(authority: CertificateAuthority, csr: Uint8Array): Promise<Uint8Array> {
  return certificatesOf((await issued(authority, csr)).certificateChainPem)[0].raw
}

function tokenOf(person: AuthenticatorSubject['person']): Proof | undefined {
  return person === undefined ? undefined : { type: 'bearer', token: person.token }
}

function certificateOf(person: AuthenticatorSubject['certifiedPerson']): Proof | undefined {
  return person === undefined ? undefined : proofOf(person.certificate)
}

function proofOf(certificate: Uint8Array): Proof {
  return { type: 'certificate', certificate }
}
