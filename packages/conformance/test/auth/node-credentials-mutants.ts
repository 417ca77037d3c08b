import { X509Certificate } from 'node:crypto'
import { nodeCredentialsSuite, type NodeCredentialsSubject } from '@piccolo/conformance'
import { PiccoloError, throwIfAborted, type Disk, type NodeCredentials } from '@piccolo/core/spi'
import { memoryAuth, memoryCredentials } from '@piccolo/testing'
import { abortMutants, changed, context, never, subjectOf, type Alter, type Mutant } from '../mutants/mutant.js'
import type { Walk } from '../mutants/walk.js'
import { csr, openedAuthority, rolling } from './material.js'

type Change = (real: NodeCredentials) => Partial<NodeCredentials>

/** The twin keeps everything in memory. */
const untouched = new Proxy({} as Disk, { get: () => { throw new Error('the disk was touched') } })

async function bed(change: Change, { forgetful } = { forgetful: false }): Promise<NodeCredentialsSubject> {
  let token: string | undefined
  const makeAdapter = () => memoryCredentials({ token: () => token })
  const adapter = makeAdapter()
  const credentials = (given?: string): NodeCredentials => {
    token = given
    const real = (forgetful ? makeAdapter() : adapter)({ ...context(), disk: untouched })
    return changed(real, change(real))
  }
  const auth = memoryAuth()
  return { credentials, authority: await openedAuthority(auth), roll: rolling(auth), stranger: await openedAuthority(memoryAuth()), csr }
}

const broken = (killedBy: string, name: string, change: Change, options?: { readonly forgetful: boolean }): Mutant<NodeCredentialsSubject> =>
  ({ killedBy, name, provide: subjectOf(() => bed(change, options)) })
const method = (name: keyof NodeCredentials) => (alter: Alter) => subjectOf(() => bed((real) => alter(real, name)))

const trusting = () => undefined
const nowMs = Date.UTC(2026, 5, 1)

export const nodeCredentialsWalk: Walk<NodeCredentialsSubject> = {
  suite: nodeCredentialsSuite,
  original: subjectOf(() => bed(() => ({}))),
  mutants: [
    broken('credentials/closed-refuses', 'signs while closed', () => ({ renewal: () => Promise.resolve({ csr: csr() }) })),
    broken('credentials/second-open', 'opens twice', (real) => {
      let open = false
      return { open: async (signal) => { if (!open) await real.open(signal); open = true } }
    }),
    broken('credentials/key-first', 'makes a new key at every start', () => ({}), { forgetful: true }),
    broken('credentials/identity', 'gets the dates wrong', (real) => ({
      get enrolled() { return real.enrolled === undefined ? undefined : { ...real.enrolled, notAfterMs: real.enrolled.notAfterMs + 1 } },
    })),
    broken('credentials/identity-lasts', 'forgets who it is', () => ({}), { forgetful: true }),
    broken('credentials/no-token', 'does not say how to get a token', (real) => ({
      enrolment: (signal) => real.enrolment(signal).catch(() => { throw new PiccoloError('failed-precondition', 'No token.') }),
    })),
    broken('credentials/damaged-token', 'repeats the secret', (real) => ({
      enrolment: (signal) => real.enrolment(signal).catch((error: unknown) => { throw new PiccoloError('invalid-argument', `${String(error)} ${'5a'.repeat(20)}`) }),
    })),
    broken('credentials/pinned-master', 'judges time before it can know it', (real) => ({
      enrolment: async (signal) => {
        const enrolment = await real.enrolment(signal)
        const verifyServer = (chain: readonly Uint8Array[]) => {
          enrolment.verifyServer(chain)
          if (nowMs > Date.parse(new X509Certificate(chain[0] ?? '').validTo)) throw new PiccoloError('unauthenticated', 'expired')
        }
        return { ...enrolment, verifyServer }
      },
    })),
    broken('credentials/strange-master', 'tells the secret to anybody', (real) => ({ enrolment: async (signal) => ({ ...(await real.enrolment(signal)), verifyServer: trusting }) })),
    broken('credentials/accept-checks', 'accepts without a word', (real) => ({ accept: (issued, signal) => real.accept(issued, signal).catch(trusting) })),
    broken('credentials/accept-unasked', 'accepts what it did not ask for', (real) => ({
      accept: async (issued, signal) => {
        await real.enrolment(signal)
        await real.accept(issued, signal)
      },
    })),
    broken('credentials/renews', 'keeps its first certificate for ever', (real) => ({ accept: (issued, signal) => real.enrolled === undefined ? real.accept(issued, signal) : Promise.resolve() })),
    broken('credentials/renewal-checks', 'does not mind another name', (real) => ({
      accept: (issued, signal) => real.accept(issued, signal).catch((error: unknown) => { if (!PiccoloError.is(error, 'conflict')) throw error }),
    })),
    broken('credentials/joins-anew', 'never joins again', (real) => ({
      accept: (issued, signal) => real.enrolled === undefined ? real.accept(issued, signal) : Promise.reject(new PiccoloError('conflict', 'joined already')),
    })),
    broken('credentials/knows-its-master', 'trusts any master', (real) => ({
      verifyServer: (now) => {
        real.verifyServer(now)
        return trusting
      },
    })),
    broken('credentials/trusted-time', 'asks the time once', (real) => ({
      verifyServer: (now) => {
        const then = now()
        return real.verifyServer(() => then)
      },
    })),
    broken('credentials/not-valid-yet', 'waits for the certificate to begin', (real) => ({
      verifyServer: (earliest) => (chain) => {
        real.verifyServer(earliest)(chain)
        if (earliest() < Date.parse(new X509Certificate(chain[0] ?? '').validFrom)) throw new PiccoloError('unauthenticated', 'not valid yet')
      },
    })),
    broken('credentials/slept-through-rolls', 'looks at the last authority of the chain only', (real) => ({
      verifyServer: (earliest) => {
        const verify = real.verifyServer(earliest)
        return (chain) => { verify([...chain.slice(0, 1), ...chain.slice(-1)]) }
      },
    })),
    broken('credentials/slept-through-rolls', 'adds to whom it trusts, and takes nobody off', (real) => {
      const ever: string[] = []
      return {
        accept: (issued, signal) => {
          ever.unshift(...issued.authoritiesPem)
          return real.accept({ ...issued, authoritiesPem: [...ever] }, signal)
        },
      }
    }),
    broken('credentials/token-from-before-a-roll', 'looks for the pinned key beside the certificate only', (real) => ({
      enrolment: async (signal) => {
        const enrolment = await real.enrolment(signal)
        return { ...enrolment, verifyServer: (chain: readonly Uint8Array[]) => { enrolment.verifyServer(chain.slice(0, 2)) } }
      },
    })),
    broken('credentials/forged-roll', 'takes the last certificate of a chain for proof', (real) => ({
      verifyServer: (earliest) => {
        const verify = real.verifyServer(earliest)
        return (chain) => {
          try {
            verify(chain)
          } catch (error) {
            if (chain.length < 3) throw error
          }
        }
      },
    })),
    ...abortMutants({
      'credentials/aborted-open': method('open'), 'credentials/aborted-enrolment': method('enrolment'), 'credentials/aborted-renewal': method('renewal'),
      'credentials/aborted-accept': method('accept'),
    }),
    broken('credentials/accept-abort-midway', 'says that it was aborted, and has joined', (real) => ({
      accept: async (issued, signal) => {
        await real.accept(issued, never)
        throwIfAborted(signal)
      },
    })),
  ],
}
