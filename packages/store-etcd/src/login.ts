import type { Etcd3 } from 'etcd3'
import type { Clock } from '@piccolo/core/spi'
import { bounded, untilAborted } from './bounded.js'
import { callInterceptor } from './call-interceptor.js'
import { tooLate, translated, type Asked } from './errors.js'
import type { EtcdCredentials } from './options.js'

export interface LoginOptions {
  readonly etcd: Etcd3
  readonly credentials: EtcdCredentials
  readonly clock: Clock
  readonly deadlineMs: number
  readonly asked: Asked
  /** Nobody needs a token any more. */
  readonly lost: AbortSignal
}

/** The token for a name and a password: asked for once, and again when etcd has forgotten it, as it does after a few idle minutes. */
export class Login {
  readonly #options: LoginOptions
  #token: { readonly promise: Promise<string>; value?: string } | undefined

  constructor(options: LoginOptions) {
    this.#options = options
  }

  /** Throws `unauthenticated` for a name and a password that etcd does not take. */
  token(signal: AbortSignal): Promise<string> {
    this.#token ??= this.#asked()
    return untilAborted(this.#token.promise, signal)
  }

  /** Of many calls that were refused with the same token only the first leads to a new one. */
  forget(token: string): void {
    if (this.#token?.value === token) this.#token = undefined
  }

  #asked(): { readonly promise: Promise<string>; value?: string } {
    const asked: { readonly promise: Promise<string>; value?: string } = {
      promise: this.#authenticate().then(
        (token) => (asked.value = token),
        (error: unknown) => {
          if (this.#token === asked) this.#token = undefined
          throw error
        },
      ),
    }
    asked.promise.catch(() => undefined) // whoever waits for it is told
    return asked
  }

  async #authenticate(): Promise<string> {
    const { etcd, credentials: { user, password }, clock, deadlineMs, asked, lost } = this.#options
    return bounded({ clock, deadlineMs, late: () => tooLate([asked.address], deadlineMs), signals: [lost] }, async (signal) => {
      try {
        const options = { interceptors: [callInterceptor({ token: undefined, signal })] }
        return (await etcd.auth.authenticate({ name: user, password }, options)).token
      } catch (error) {
        throw signal.aborted ? signal.reason : translated(error, asked)
      }
    })
  }
}
