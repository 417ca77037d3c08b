import { describe } from 'vitest'
import { authenticatorSuite, type AuthenticatorSubject } from '@piccolo/conformance'
import type { Authenticator } from '@piccolo/core/spi'
import { memoryAuth } from '@piccolo/testing'
import { context, csr, never, openedAuthority, registerMutants, type Mutant } from './mutant.js'

const person = { token: 'token-of-ada', name: 'ada', role: 'viewer' } as const
type Break = (real: Authenticator, stranger: Authenticator) => Authenticator['authenticate']

function broken(killedBy: string, name: string, authenticate: Break): Mutant<AuthenticatorSubject> {
  return {
    killedBy,
    name,
    make: async () => {
      const auth = memoryAuth({ people: { [person.token]: { name: person.name, role: person.role } } })
      const strange = memoryAuth()
      const authenticator = { authenticate: authenticate(auth.authenticator(context()), strange.authenticator(context())) }
      return { authenticator, authority: await openedAuthority(auth), stranger: await openedAuthority(strange), csr, person }
    },
  }
}

const guest = { kind: 'person', name: 'guest', role: 'viewer' } as const

describe('the suite for authenticators', () => {
  registerMutants(authenticatorSuite, [
    broken('authenticator/node', 'leaves the key out', (real) => async (proof, signal) => {
      const principal = await real.authenticate(proof, signal)
      return principal?.kind === 'node' ? { ...principal, keyFingerprint: '' } : principal
    }),
    broken('authenticator/strange-authority', 'believes every authority', (real, stranger) => async (proof, signal) => (await real.authenticate(proof, signal)) ?? stranger.authenticate(proof, signal)),
    broken('authenticator/not-a-node', 'has guests', (real) => async (proof, signal) => (await real.authenticate(proof, signal)) ?? guest),
    broken('authenticator/damaged-certificate', 'throws at what it cannot read', (real) => async (proof, signal) => {
      if (proof.type === 'certificate' && proof.certificate.length < 100) throw new TypeError('too short')
      return real.authenticate(proof, signal)
    }),
    broken('authenticator/person', 'makes everyone an administrator', (real) => async (proof, signal) => {
      const principal = await real.authenticate(proof, signal)
      return principal?.kind === 'person' ? { ...principal, role: 'admin' } : principal
    }),
    broken('authenticator/strange-token', 'is content with the beginning of a token', (real) => async (proof, signal) =>
      proof.type === 'bearer' && proof.token.length > 5 && person.token.startsWith(proof.token) ? { kind: 'person', name: person.name, role: person.role } : real.authenticate(proof, signal)),
    broken('authenticator/aborted', 'ignores an abort', (real) => (proof) => real.authenticate(proof, never)),
  ])
})
