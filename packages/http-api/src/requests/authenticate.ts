import type { X509Certificate } from 'node:crypto'
import { PiccoloError, type Principal } from '@piccolo/core/spi'
import { createMiddleware } from 'hono/factory'
import type { ApiContext, ApiEnvironment, ApiScope } from '../scope.js'
import { requestContext } from './request-context.js'
import { underDeadline } from './under-deadline.js'

const longestToken = 4096

/** Nothing is answered without a principal; who may do what is the operations' to say. */
export function authenticate(scope: ApiScope) {
  return createMiddleware<ApiEnvironment>(async (context, next) => {
    const { socket } = context.env.incoming
    const source = `${socket.remoteAddress ?? 'unknown'}:${String(socket.remotePort ?? 0)}`
    const prove = proofOf(scope, context, source)
    context.set('caller', { principal: await prove(), source, context: requestContext(context) })
    context.set('prove', prove)
    await next()
  })
}

/** How this request proves who it comes from, now and later. A token goes before a certificate: it was sent for this request alone. */
function proofOf(scope: ApiScope, context: ApiContext, source: string): () => Promise<Principal> {
  const { door, certificates } = scope
  const authorization = context.req.header('authorization')
  const certificate = certificates.of(context.env.incoming.socket)
  if (authorization !== undefined || certificate === undefined) {
    const token = bearerToken(authorization)
    return () => underDeadline(scope, context, (signal) => door.admit({ type: 'bearer', token }, source, signal))
  }
  requireOwnPage(context)
  return async () => {
    requireCurrent(certificate, scope)
    return await underDeadline(scope, context, (signal) => door.admit({ type: 'certificate', certificate: new Uint8Array(certificate.raw) }, source, signal))
  }
}

/** A browser sends a certificate along with whatever any page asks for, unlike a token: another host's page is not the person. */
function requireOwnPage(context: ApiContext): void {
  const origin = context.req.header('origin')
  if (origin === undefined || origin === `https://${context.req.header('host') ?? ''}`) return
  throw new PiccoloError('permission-denied', 'A page of another host may not use your client certificate. Send a token instead.')
}

/** One that is not valid yet is no threat: whoever holds it will be trusted soon, and the clock that made it may have been ahead. */
function requireCurrent({ validTo }: X509Certificate, { clock }: Pick<ApiScope, 'clock'>): void {
  if (clock.wallMs() <= Date.parse(validTo)) return
  throw new PiccoloError('expired', `Your certificate was valid until ${validTo}. Have a new one made for you.`)
}

function bearerToken(header: string | undefined): string {
  const [, token] = /^Bearer +(\S+)$/i.exec(header ?? '') ?? []
  if (token === undefined || token.length > longestToken) {
    throw new PiccoloError('unauthenticated', 'Send a token as "Authorization: Bearer <token>", or come with a client certificate of this cluster. The credential file that the master wrote on its first start holds a token.')
  }
  return token
}
