export const store = {
  noun: 'Store',
  suite: 'stateStoreSuite',
  subject: 'StateStoreSubject',
  source: ({ name, factory, options }) => `import { PiccoloError, type StateStore, type StateStoreAdapter } from '@piccolo/core/spi'

export interface ${options} {
  /** Where the state is kept. */
  readonly location?: string
}

/** A master's state in ${name}. Nothing is opened before open; checkCommit and checkKey of @piccolo/core/spi judge what comes in. */
export function ${factory}({ location = '' }: ${options} = {}): StateStoreAdapter {
  return () => openedLater(location)
}

function openedLater(location: string): StateStore {
  return {
    // What holds of the backend; the suite reads it, and so does core.
    capabilities: { durable: 'power', shared: false, maxValueBytes: 256 * 1024, maxCommitOperations: 512, maxCommitBytes: 1024 * 1024 },
    open: () => Promise.reject(notWritten(\`open of \${location}\`)),
    close: () => Promise.resolve(),
    get: () => Promise.reject(notWritten('get')),
    list: () => Promise.reject(notWritten('list')),
    commit: () => Promise.reject(notWritten('commit')),
    watch: () => ({ [Symbol.asyncIterator]: () => ({ next: () => Promise.reject(notWritten('watch')) }) }),
  }
}

function notWritten(what: string): PiccoloError {
  return new PiccoloError('unsupported', \`${factory}: \${what} is not written yet. examples/custom-store shows one in a file.\`)
}
`,
  bed: ({ folder, file, factory }) => `import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Provide, StateStoreSubject } from '@piccolo/conformance'
import { manualClock, seededRandom, silentLogger } from '@piccolo/testing'
import { ${factory} } from '../src/${file}.js'

/** Where a case finds the adapter: a place of its own. compact and loseBackend can be added where the backend can do that. */
export const bed: Provide<StateStoreSubject> = async () => {
  const location = await mkdtemp(join(tmpdir(), '${folder}-'))
  const context = { clock: manualClock(), random: seededRandom(1), logger: silentLogger }
  return {
    subject: { create: () => ${factory}({ location })(context) },
    dispose: () => rm(location, { recursive: true }),
  }
}
`,
}
