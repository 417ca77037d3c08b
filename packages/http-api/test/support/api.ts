import { PiccoloError, type Clock, type Door, type Logger, type Operations, type Principal, type Proof, type Surface } from '@piccolo/core/spi'
import { seededRandom, silentLogger } from '@piccolo/testing'
import { Agent, fetch, type RequestInit, type Response } from 'undici'
import { httpApi, type HttpApiLimits } from '../../src/index.js'
import { testCertificates, type TestCertificates } from './certificate.js'
import { fakeOperations } from './fake-operations.js'
import { systemClock } from './system-clock.js'

export const tokens = { admin: 'token-of-admin', viewer: 'token-of-viewer' } as const

const principals: Readonly<Record<string, Principal>> = {
  [tokens.admin]: { kind: 'person', name: 'admin', role: 'admin' },
  [tokens.viewer]: { kind: 'person', name: 'viewer', role: 'viewer' },
}

function admitted(proof: Proof): Principal {
  const principal = proof.type === 'bearer' ? principals[proof.token] : undefined
  if (principal === undefined) throw new PiccoloError('unauthenticated', 'This token is not known here.')
  return principal
}

export interface ApiOptions<Faked extends Operations> {
  readonly operations?: Faked
  readonly limits?: Partial<HttpApiLimits>
  readonly clock?: Clock
  readonly logger?: Logger
  /** Default: knows the tokens above and nobody else. */
  readonly door?: Door
  /** Default: made once for all, for an hour. */
  readonly certificates?: TestCertificates
}

/** As much of a request as the tests need. */
export interface ApiRequest extends Omit<RequestInit, 'headers'> {
  readonly headers?: Readonly<Record<string, string>>
}

export interface RunningApi extends AsyncDisposable {
  readonly address: string
  readonly caPem: string
  readonly surface: Surface
  /** With the admin's token, unless the headers say otherwise. */
  request(path: string, init?: ApiRequest): Promise<Response>
}

/** Of an API that is given no others. */
export const certificates = testCertificates()

/** The API over a real TLS socket, with made-up operations behind it. */
export async function startApi<Faked extends Operations>(options: ApiOptions<Faked> = {}): Promise<RunningApi> {
  const { caPem, identity } = options.certificates ?? await certificates
  const surface = httpApi({ listen: '127.0.0.1:0', limits: options.limits ?? {} })({
    clock: options.clock ?? systemClock, logger: options.logger ?? silentLogger, random: seededRandom(1),
    cluster: 'demo', operations: options.operations ?? fakeOperations(),
    door: options.door ?? { admit: async (proof) => admitted(proof) },
    server: { identity, authoritiesPem: [caPem] },
  })
  const { address } = await surface.start(new AbortController().signal)
  const dispatcher = new Agent({ connect: { ca: caPem } })
  return {
    address, caPem, surface,
    request: (path, init = {}) => fetch(address + path, { ...init, dispatcher, headers: { authorization: `Bearer ${tokens.admin}`, ...init.headers } }),
    async [Symbol.asyncDispose]() {
      await surface.close()
      await dispatcher.destroy()
    },
  }
}
