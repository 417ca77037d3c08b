import { X509Certificate } from 'node:crypto'
import { describe } from 'vitest'
import { nodeCredentialsSuite, type NodeCredentialsSubject } from '@piccolo/conformance'
import { PiccoloError, type Disk, type NodeCredentials } from '@piccolo/core/spi'
import { memoryAuth, memoryCredentials } from '@piccolo/testing'
import { changed, context, csr, never, openedAuthority, registerMutants, type Mutant } from './mutant.js'

type Changes = (real: NodeCredentials) => Partial<NodeCredentials>

/** The twin keeps everything in memory. */
const untouched = new Proxy({} as Disk, { get: () => { throw new Error('the disk was touched') } })

function broken(killedBy: string, name: string, changes: Changes, { forgetful } = { forgetful: false }): Mutant<NodeCredentialsSubject> {
  return {
    killedBy,
    name,
    make: async () => {
      let token: string | undefined
      const makeAdapter = () => memoryCredentials({ token: () => token })
      const adapter = makeAdapter()
      const credentials = (given?: string) => {
        token = given
        const real = delegate((forgetful ? makeAdapter() : adapter)({ ...context(), disk: untouched }))
        return changed(real, changes(real))
      }
      return { credentials, authority: await openedAuthority(memoryAuth()), stranger: await openedAuthority(memoryAuth()), csr }
    },
  }
}

function delegate(real: NodeCredentials): NodeCredentials {
  return {
    open: (signal) => real.open(signal),
    close: () => real.close(),
    get enrolled() { return real.enrolled },
    enrolment: (signal) => real.enrolment(signal),
    renewal: (signal) => real.renewal(signal),
    accept: (issued, signal) => real.accept(issued, signal),
    verifyServer: (nowMs) => real.verifyServer(nowMs),
  }
}

const trusting = () => undefined
const nowMs = Date.UTC(2026, 5, 1)

describe('the suite for node credentials', () => {
  registerMutants(nodeCredentialsSuite, [
    broken('credentials/closed-refuses', 'signs while closed', () => ({ renewal: () => Promise.resolve({ csr: csr() }) })),
    broken('credentials/second-open', 'opens twice', (real) => {
      let open = false
      return { open: async (signal) => { if (!open) await real.open(signal); open = true } }
    }),
    broken('credentials/aborted', 'accepts although aborted', (real) => ({ accept: (issued) => real.accept(issued, never) })),
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
  ])
})
