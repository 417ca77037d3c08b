import { experimental, type ChannelOptions } from '@grpc/grpc-js'
import type { HostPort } from '../address.js'

const scheme = 'piccolo'
const dialKey = 'piccolo.dial'

interface Dialling extends HostPort {
  /** Destroys the socket, whether it is still connecting or long in use. */
  readonly signal: AbortSignal
}

/**
 * Names the one place to dial. gRPC hands an address to `net.connect` as it is, so it can carry the signal that ends the socket:
 * without it, an abandoned dial to a dead host would hold its socket for minutes.
 */
class DirectResolver implements experimental.Resolver {
  readonly #listener: experimental.ResolverListener
  readonly #dialling: unknown
  #answered = false
  #destroyed = false

  constructor(_target: experimental.GrpcUri, listener: experimental.ResolverListener, options: ChannelOptions) {
    this.#listener = listener
    this.#dialling = options[dialKey]
  }

  static getDefaultAuthority({ path }: experimental.GrpcUri): string {
    return path
  }

  /** Asked again after each failure; answering again would dial again. */
  updateResolution(): void {
    if (this.#answered) return
    this.#answered = true
    process.nextTick(() => {
      // Put there by directTarget, a few lines below.
      const address = this.#dialling as Dialling
      if (!this.#destroyed) this.#listener(experimental.statusOrFromValue([{ addresses: [address] }]), {}, null, '')
    })
  }

  destroy(): void {
    this.#destroyed = true
  }
}

/** Target and options with which a channel dials exactly this address. */
export function directTarget(address: string, dialling: Dialling): { readonly target: string; readonly options: ChannelOptions } {
  experimental.registerResolver(scheme, DirectResolver)
  return { target: `${scheme}:${address}`, options: { [dialKey]: dialling } }
}
