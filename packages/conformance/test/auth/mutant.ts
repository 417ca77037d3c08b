import { generateKeyPairSync } from 'node:crypto'
import { expect, test } from 'vitest'
import type { ConformanceSuite } from '@piccolo/conformance'
import type { AdapterContext, CertificateAuthority, MasterAuth } from '@piccolo/core/spi'
import { certificateRequest, manualClock, seededRandom, silentLogger } from '@piccolo/testing'

/** An adapter broken on purpose, and the case that must notice. */
export interface Mutant<Subject> {
  readonly name: string
  readonly killedBy: string
  make(): Promise<Subject>
}

/** Registers a test for each mutant, and one that no case is without a mutant: a case that never fails claims nothing. */
export function registerMutants<Subject>(suite: ConformanceSuite<Subject>, mutants: readonly Mutant<Subject>[]): void {
  test.each(mutants)('$killedBy notices an adapter that $name', async ({ killedBy, make }) => {
    const found = suite.cases.find(({ id }) => id === killedBy)
    expect(found).toBeDefined()
    const subject = await make()
    await expect(found?.run(subject)).rejects.toThrow()
  })
  test(`every case of the ${suite.port} suite has a mutant`, () => {
    expect(suite.cases.map(({ id }) => id).filter((id) => !mutants.some(({ killedBy }) => killedBy === id))).toEqual([])
  })
}

/** The original with some members replaced. The original must not need `this`. */
export function changed<T extends object>(original: T, changes: Partial<T>): T {
  return Object.create(original, Object.getOwnPropertyDescriptors(changes)) as T // same members, some of them other ones
}

export const never = new AbortController().signal
export const csr = (): Uint8Array => certificateRequest(generateKeyPairSync('ed25519').privateKey)

let seed = 1
export const context = (): AdapterContext => ({ clock: manualClock(), random: seededRandom(seed++), logger: silentLogger })

/** A certificate authority whose members can be taken one by one. */
export function authorityOf(auth: MasterAuth): CertificateAuthority {
  const real = auth.authority(context())
  return {
    open: (options, signal) => real.open(options, signal),
    close: () => real.close(),
    get authoritiesPem() { return real.authoritiesPem },
    get publicKeyPin() { return real.publicKeyPin },
    issueNode: (request, signal) => real.issueNode(request, signal),
    issueServer: (request, signal) => real.issueServer(request, signal),
    readCsr: (request) => real.readCsr(request),
  }
}

export async function openedAuthority(auth: MasterAuth): Promise<CertificateAuthority> {
  const authority = authorityOf(auth)
  await authority.open({ cluster: 'suite' }, never)
  return authority
}
