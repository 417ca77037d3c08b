export const transport = {
  noun: 'Transport',
  suite: 'transportSuite',
  subject: 'TransportSubject',
  source: ({ name, factory, options }) => `import { PiccoloError, streamTransport, type StreamDriver, type TransportAdapter } from '@piccolo/core/spi'

export interface ${options} {
  /** Where a master listens. An agent leaves it out. */
  readonly listen?: string
}

/** Piccolo's messages over ${name}. Packets, back-pressure, deadlines and orderly ends are streamTransport's; dialling, listening and TLS are here. */
export function ${factory}({ listen: address }: ${options} = {}): TransportAdapter {
  return streamTransport({ name: '${name}', dial, ...(address !== undefined && { listen }) })
}

/** Connects to an address and does TLS with an identity, if there is one; answers the stream and the server's chain, which core judges. */
const dial: StreamDriver['dial'] = () => Promise.reject(notWritten('dial'))

/** Listens, and hands up each connection on which TLS is done. */
const listen: NonNullable<StreamDriver['listen']> = () => Promise.reject(notWritten('listen'))

function notWritten(what: string): PiccoloError {
  return new PiccoloError('unsupported', \`${factory}: \${what} is not written yet. examples/custom-transport shows one over node:tls.\`)
}
`,
  bed: ({ file, factory }) => `import type { Provide, TransportSubject } from '@piccolo/conformance'
import type { Transport } from '@piccolo/core/spi'
import { systemClock, systemRandom } from '@piccolo/core/system'
import { silentLogger, tlsMaterial } from '@piccolo/testing'
import { ${factory} } from '../src/${file}.js'

const [material, stranger] = await Promise.all([tlsMaterial({ seed: 1 }), tlsMaterial({ seed: 2 })])
const context = { clock: systemClock, random: systemRandom, logger: silentLogger }

/** Where a case finds the adapter: a master's transport, and as many agents' as it likes. */
export const bed: Provide<TransportSubject> = async () => {
  const master = ${factory}({ listen: '127.0.0.1:0' })(context)
  const transports: Transport[] = [master]
  const subject: TransportSubject = {
    master, material, stranger,
    nowhere: '127.0.0.1:1',
    agent: () => {
      const agent = ${factory}()(context)
      transports.push(agent)
      return agent
    },
    reach: (address) => Promise.resolve(address),
    sever: () => {
      throw new Error('test/bed.ts: sever has to break every open connection; examples/custom-transport/src/detour.ts does it for TCP.')
    },
  }
  return { subject, dispose: async () => { await Promise.all(transports.map((transport) => transport.close())) } }
}
`,
}
