import { PiccoloError } from '@piccolo/core/spi'
import { createMiddleware } from 'hono/factory'
import type { ApiEnvironment, ApiScope } from '../scope.js'
import { underDeadline } from './under-deadline.js'

const longestToken = 4096

/** Nothing is answered without a principal; who may do what is the operations' to say. */
export function authenticate(scope: ApiScope) {
  return createMiddleware<ApiEnvironment>(async (context, next) => {
    const token = bearerToken(context.req.header('authorization'))
    const { remoteAddress, remotePort } = context.env.incoming.socket
    const source = `${remoteAddress ?? 'unknown'}:${String(remotePort ?? 0)}`
    const principal = await underDeadline(scope, context, (signal) => scope.door.admit({ type: 'bearer', token }, source, signal))
    context.set('caller', { principal, source })
    await next()
  })
}

function bearerToken(header: string | undefined): string {
  const [, token] = /^Bearer +(\S+)$/i.exec(header ?? '') ?? []
  if (token === undefined || token.length > longestToken) {
    throw new PiccoloError('unauthenticated', 'Send a token as "Authorization: Bearer <token>". The credential file that the master wrote on its first start holds one.')
  }
  return token
}
