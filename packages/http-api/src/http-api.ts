import { createServer, type Server } from 'node:https'
import type { AddressInfo } from 'node:net'
import { getRequestListener } from '@hono/node-server'
import { PiccoloError, throwIfAborted, type SurfaceAdapter, type SurfaceContext } from '@piccolo/core/spi'
import { apiApp } from './app.js'
import { listenError } from './errors.js'
import { defaultLimits, type HttpApiLimits } from './limits.js'
import type { ApiScope } from './scope.js'
import { parseListenAddress, urlOf, type ListenAddress } from './listen-address.js'
import { ClientCertificates } from './tls/client-certificates.js'
import { serverContext } from './tls/server-context.js'

export interface HttpApiOptions {
  /** HOST:PORT; port 0 takes a free one. */
  readonly listen: string
  readonly limits?: Partial<HttpApiLimits>
}

/** How long open answers may take to leave when the API closes. */
const closeGraceMs = 500

/**
 * REST and server-sent events over TLS 1.3, under /api/v1, and Pullpiri's /api/artifact. Callers prove themselves by a bearer
 * token or a client certificate; what they may do is decided by the operations. Throws `invalid-argument` at once for a `listen` that is not HOST:PORT.
 */
export function httpApi(options: HttpApiOptions): SurfaceAdapter {
  const listen = parseListenAddress(options.listen)
  const limits = { ...defaultLimits, ...options.limits }
  return (context) => {
    const closing = new AbortController()
    const certificates = new ClientCertificates()
    let server: Server | undefined
    return {
      async start(signal) {
        throwIfAborted(signal)
        if (server !== undefined || closing.signal.aborted) throw new PiccoloError('failed-precondition', 'httpApi: already started. Make a new one to start again.')
        server = createApiServer(context, { limits, certificates, closing: closing.signal })
        const port = await listening(server, listen)
        server.on('error', (error) => { context.logger.warn({ error: error.message }, 'the API server met an error') })
        if (signal.aborted) await this.close()
        closing.signal.throwIfAborted()
        return { address: urlOf({ host: listen.host, port }) }
      },
      updateTls(material) {
        certificates.trust(material.authoritiesPem)
        server?.setSecureContext(serverContext(material))
      },
      async close() {
        closing.abort(new PiccoloError('unavailable', 'The master is stopping. Try again later.'))
        if (server?.listening === true) await closed(server, context)
      },
    }
  }
}

type ApiServerParts = Pick<ApiScope, 'limits' | 'certificates' | 'closing'>

function createApiServer(context: SurfaceContext, { limits, certificates, closing }: ApiServerParts): Server {
  const { fetch } = apiApp({ ...context, limits, certificates, closing, streams: new Set() })
  certificates.trust(context.server.authoritiesPem)
  const server = createServer(
    {
      ...serverContext(context.server), requestCert: true, rejectUnauthorized: false, handshakeTimeout: 10_000,
      headersTimeout: 10_000, requestTimeout: limits.requestDeadlineMs, keepAliveTimeout: 30_000, maxHeaderSize: 16 * 1024,
    },
    (incoming, outgoing) => {
      outgoing.once('close', () => {
        if (closing.aborted) setImmediate(() => { server.closeIdleConnections() })
      })
      answer(incoming, outgoing).catch((error: unknown) => {
        context.logger.warn({ error: PiccoloError.from(error).message }, 'an answer could not be sent')
        outgoing.destroy()
      })
    },
  )
  // The adapter would otherwise replace the process's own Request and Response.
  const answer = getRequestListener(fetch, { overrideGlobalObjects: false })
  server.maxConnections = limits.maxConnections
  server.on('secureConnection', (socket) => { certificates.meet(socket) })
  server.on('tlsClientError', (error) => { context.logger.debug({ error: error.message }, 'a client did not complete TLS') })
  return server
}

async function listening(server: Server, { host, port }: ListenAddress): Promise<number> {
  await new Promise<void>((resolve, reject) => {
    const onError = (error: Error): void => { reject(listenError(error, `${host}:${String(port)}`)) }
    server.once('error', onError)
    server.listen(port, host, () => {
      server.off('error', onError)
      resolve()
    })
  })
  return (server.address() as AddressInfo).port // a TCP server has no other kind of address
}

/** Requests have been told by the closing signal; what has not left soon is cut. */
async function closed(server: Server, { clock }: SurfaceContext): Promise<void> {
  const cancel = clock.schedule(closeGraceMs, () => { server.closeAllConnections() })
  try {
    await new Promise<void>((resolve) => { server.close(() => { resolve() }) })
  } finally {
    cancel()
  }
}
