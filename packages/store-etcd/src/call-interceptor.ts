import { InterceptingCall, status, type Interceptor } from '@grpc/grpc-js'
import { refusesToken, tokenRefused } from './errors.js'

export interface CallProperties {
  /** Who is calling, where etcd asks for users. */
  readonly token: string | undefined
  /** Ends the call. */
  readonly signal: AbortSignal
  /** A member that is cut off from the others ends the call, instead of keeping quiet. */
  readonly needsLeader?: true
}

/** What etcd3's own calls lack: a way to end them, and a token that is ours to renew. */
export function callInterceptor({ token, signal, needsLeader }: CallProperties): Interceptor {
  return (options, nextCall) => {
    const call = nextCall(options)
    const cancel = (): void => call.cancelWithStatus(status.CANCELLED, 'no longer wanted')
    return new InterceptingCall(call, {
      start(metadata, _listener, next) {
        if (token !== undefined) metadata.set('token', token)
        if (needsLeader) metadata.set('hasleader', 'true')
        signal.addEventListener('abort', cancel)
        next(metadata, {
          onReceiveStatus(outcome, done) {
            signal.removeEventListener('abort', cancel)
            done(refusesToken(outcome.details) ? { ...outcome, code: status.UNAUTHENTICATED, details: tokenRefused } : outcome)
          },
        })
        if (signal.aborted) cancel()
      },
    })
  }
}
