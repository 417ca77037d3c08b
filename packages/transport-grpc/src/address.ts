import { PiccoloError } from '@piccolo/core/spi'

export interface HostPort {
  readonly host: string
  readonly port: number
}

const pattern = /^(?:\[([0-9a-fA-F:.%]+)\]|([^\s:/[\]]+)):(\d{1,5})$/

/** `10.0.0.1:47100`, `[fd00::1]:47100`, `master.local:47100`. Throws `invalid-argument` for anything else. */
export function parseAddress(address: string): HostPort {
  const [, bracketed, plain, digits] = pattern.exec(address) ?? []
  const host = bracketed ?? plain
  const port = Number(digits)
  if (host === undefined || port > 65_535) {
    throw new PiccoloError('invalid-argument', `"${address}" is no address: write host:port, e.g. 10.0.0.1:47100 or [fd00::1]:47100.`)
  }
  return { host, port }
}

export function formatAddress({ host, port }: HostPort): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`
}

/** gRPC's name for a peer, in our notation: IPv4 without its IPv6 disguise, IPv6 in brackets. */
export function peerAddress(peer: string): string {
  const cut = peer.lastIndexOf(':')
  if (cut < 0) return peer
  return formatAddress({ host: peer.slice(0, cut).replace(/^::ffff:(?=\d+\.)/, ''), port: Number(peer.slice(cut + 1)) })
}
