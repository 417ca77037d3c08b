import { authenticatorSuite, type AuthenticatorSubject } from '@piccolo/conformance'
import { PiccoloError, type Authenticator, type KnownPeople, type KnownPrincipal, type Principal } from '@piccolo/core/spi'
import { memoryAuth } from '@piccolo/testing'
import { abortMutants, changed, context, subjectOf, type Alter, type Mutant } from '../mutants/mutant.js'
import type { Walk } from '../mutants/walk.js'
import { ada, csr, openedAuthority, rolling, token } from './material.js'

const person = { token, name: 'ada', role: 'viewer' } as const
type Change = (real: Authenticator, stranger: Authenticator) => Partial<Authenticator>

async function bed(change: Change): Promise<AuthenticatorSubject> {
  const people = { [person.token]: { name: person.name, role: person.role } }
  const auth = memoryAuth({ people })
  const strange = memoryAuth()
  const real = auth.authenticator(context())
  const authority = await openedAuthority(auth)
  return {
    authenticator: changed(real, change(real, strange.authenticator(context()))),
    authority, stranger: await openedAuthority(strange), csr, roll: rolling(auth), ...ada(auth, people),
  }
}

type Break = (real: Authenticator, stranger: Authenticator) => Authenticator['authenticate']
const broken = (killedBy: string, name: string, authenticate: Break): Mutant<AuthenticatorSubject> =>
  ({ killedBy, name, provide: subjectOf(() => bed((real, stranger) => ({ authenticate: authenticate(real, stranger) }))) })
const listing = (killedBy: string, name: string, list: (real: KnownPeople['list']) => KnownPeople['list']): Mutant<AuthenticatorSubject> =>
  ({ killedBy, name, provide: subjectOf(() => bed((real) => ({ people: { list: list((signal) => real.people?.list(signal) ?? Promise.resolve([])) } }))) })
const entries = (alter: (entry: KnownPrincipal) => KnownPrincipal) => (real: KnownPeople['list']): KnownPeople['list'] => async (signal) => (await real(signal)).map(alter)
const authenticating = (alter: Alter) => subjectOf(() => bed((real) => alter(real, 'authenticate')))

const guest = { kind: 'person', name: 'guest', role: 'viewer' } as const

function listedOnce(real: KnownPeople['list']): KnownPeople['list'] {
  let first: Promise<readonly KnownPrincipal[]> | undefined
  return (signal) => (first ??= real(signal))
}

function remembering(real: Authenticator): Authenticator['authenticate'] {
  const known = new Map<string, Principal>()
  return async (proof, signal) => {
    const name = proof.type === 'bearer' ? proof.token : Buffer.from(proof.certificate).toString('hex')
    const principal = known.get(name) ?? await real.authenticate(proof, signal)
    if (principal !== undefined) known.set(name, principal)
    return principal
  }
}

export const authenticatorWalk: Walk<AuthenticatorSubject> = {
  suite: authenticatorSuite,
  original: subjectOf(() => bed(() => ({}))),
  mutants: [
    broken('authenticator/node', 'leaves the key out', (real) => async (proof, signal) => {
      const principal = await real.authenticate(proof, signal)
      return principal?.kind === 'node' ? { ...principal, keyFingerprint: '' } : principal
    }),
    broken('authenticator/strange-authority', 'believes every authority', (real, stranger) => async (proof, signal) => (await real.authenticate(proof, signal)) ?? stranger.authenticate(proof, signal)),
    broken('authenticator/not-a-node', 'has guests', (real) => async (proof, signal) => (await real.authenticate(proof, signal)) ?? guest),
    broken('authenticator/damaged-certificate', 'throws at what it cannot read', (real) => async (proof, signal) => {
      if (proof.type === 'certificate' && proof.certificate.length < 100) throw new PiccoloError('corrupt', 'too short')
      return real.authenticate(proof, signal)
    }),
    broken('authenticator/person', 'makes everyone an administrator', (real) => async (proof, signal) => {
      const principal = await real.authenticate(proof, signal)
      return principal?.kind === 'person' ? { ...principal, role: 'admin' } : principal
    }),
    broken('authenticator/strange-token', 'is content with the beginning of a token', (real) => async (proof, signal) =>
      proof.type === 'bearer' && proof.token.length > 5 && person.token.startsWith(proof.token) ? { kind: 'person', name: person.name, role: person.role } : real.authenticate(proof, signal)),
    broken('authenticator/person-certificate', 'takes every certificate for a node', (real) => async (proof, signal) => {
      const principal = await real.authenticate(proof, signal)
      return proof.type === 'certificate' && principal?.kind === 'person' ? undefined : principal
    }),
    broken('authenticator/person-certificate', 'goes on knowing what was replaced', (real) => remembering(real)),
    broken('authenticator/role-changed', 'remembers what it once found out', (real) => remembering(real)),
    listing('authenticator/people-listed', 'makes everyone an administrator in its list', entries((entry) => ({ ...entry, role: 'admin' }))),
    listing('authenticator/people-listed', 'tells tokens in its list', entries((entry) => (entry.proof === 'token' ? { ...entry, proofId: person.token } : entry))),
    listing('authenticator/people-changed', 'lists whom it knew at first', listedOnce),
    listing('authenticator/people-replaced', 'tells proofs by the name alone', entries((entry) => ({ ...entry, proofId: entry.name }))),
    broken('authenticator/rolled', 'goes on knowing whom it knew', (real) => remembering(real)),
    ...abortMutants({ 'authenticator/aborted-certificate': authenticating, 'authenticator/aborted-token': authenticating }),
  ],
}
