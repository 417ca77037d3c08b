export const signals = {
  noun: 'SignalSource',
  suite: 'signalSourceSuite',
  subject: 'SignalSourceSubject',
  source: ({ name, factory, options }) => `import { PiccoloError, type SignalSource, type SignalSourceAdapter } from '@piccolo/core/spi'

export interface ${options} {
  /** Where the source is reached. */
  readonly address?: string
}

/** Signals from ${name}. checkSignalNames and LatestReadings of @piccolo/core/spi do what every source has to do alike. */
export function ${factory}({ address = '' }: ${options} = {}): SignalSourceAdapter {
  return () => openedLater(address)
}

function openedLater(address: string): SignalSource {
  return {
    // What holds of the source; the suite reads it.
    capabilities: { name: '${name}', maxNames: 1_000 },
    open: () => Promise.reject(notWritten(\`open of \${address}\`)),
    close: () => Promise.resolve(),
    watch: () => ({ [Symbol.asyncIterator]: () => ({ next: () => Promise.reject(notWritten('watch')) }) }),
  }
}

function notWritten(what: string): PiccoloError {
  return new PiccoloError('unsupported', \`${factory}: \${what} is not written yet. memorySignalSource of @piccolo/testing shows one in memory.\`)
}
`,
  bed: ({ file, factory }) => `import type { Provide, SignalSourceSubject } from '@piccolo/conformance'
import { systemClock, systemRandom } from '@piccolo/core/system'
import { silentLogger } from '@piccolo/testing'
import { ${factory} } from '../src/${file}.js'

const context = { clock: systemClock, random: systemRandom, logger: silentLogger }

/** Where a case finds the adapter: a world of signals of its own. lose can be added where a test can take that world away. */
export const bed: Provide<SignalSourceSubject> = () => Promise.resolve({
  subject: {
    create: () => ${factory}()(context),
    name: (index) => \`suite/signal-\${index}\`,
    publish: () => Promise.reject(new Error('test/bed.ts: publish has to make the world say this of a signal.')),
  },
  dispose: () => Promise.resolve(),
})
`,
}
