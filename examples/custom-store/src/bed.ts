import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Provide, StateStoreSubject } from '@piccolo/conformance'
import { manualClock, seededRandom, silentLogger } from '@piccolo/testing'
import { ledgerStore } from './ledger-store.js'

/** A ledger of its own for each case. */
export const bed: Provide<StateStoreSubject> = async () => {
  const directory = await mkdtemp(join(tmpdir(), 'piccolo-ledger-'))
  const context = { clock: manualClock(), random: seededRandom(1), logger: silentLogger }
  return {
    subject: { create: () => ledgerStore({ file: join(directory, 'ledger') })(context) },
    dispose: () => rm(directory, { recursive: true }),
  }
}
