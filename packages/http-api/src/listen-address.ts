import { PiccoloError } from '@piccolo/core/spi'

export interface ListenAddress {
  readonly host: string
  readonly port: number
}

/** `127.0.0.1:47099`, `[::1]:47099`, `master.local:0`. */
export function parseListenAddress(text: string): ListenAddress {
  const [, bracketed, plain, portText] = /^(?:\[([0-9a-fA-F:.]+)\]|([^:\s[\]]+)):(\d{1,5})$/.exec(text) ?? []
  const host = bracketed ?? plain
  const port = Number(portText)
  if (host === undefined || port > 65_535) {
    throw new PiccoloError('invalid-argument', `httpApi: listen: expected HOST:PORT, e.g. 127.0.0.1:47099 or [::1]:47099, found "${text}"`)
  }
  return { host, port }
}

export function urlOf({ host, port }: ListenAddress): string {
  return `https://${host.includes(':') ? `[${host}]` : host}:${String(port)}`
}
