import { PiccoloError, type StoreCapabilities, type TlsIdentity } from '@piccolo/core/spi'

export interface EtcdStoreOptions {
  /**
   * Where the members of one etcd cluster take clients: `https://host:port`, the port 2379 unless said. `http://` asks for no
   * protection at all. When one is lost, whichever of them answers first is used from then on.
   */
  readonly endpoints: readonly string[]
  /**
   * What TLS needs; a function is asked before each new connection and, while there are calls, once a minute: different material than before
   * leads to a new connection. Default: the authorities that Node trusts, no certificate of our own.
   */
  readonly tls?: EtcdTls | (() => EtcdTls | Promise<EtcdTls>)
  /** Name and password, where etcd asks for them. Beside or instead of a certificate. */
  readonly credentials?: EtcdCredentials
  /** Begins every key of this store and is its alone: `a/` and `a/b/` do not go together. 1 to 128 bytes, ends with a slash. Default `piccolo/`. */
  readonly prefix?: string
  /** Longest wait for an answer, connecting included. Default 3,000: below the 5,000 that core waits for a store. */
  readonly deadlineMs?: number
  /** What etcd was started with, where it differs: `--max-txn-ops` (default 128) and `--max-request-bytes` (default 1,572,864). */
  readonly limits?: Partial<EtcdLimits>
}

export interface EtcdTls {
  /** Authorities of etcd's own certificates. Default: those that Node trusts. */
  readonly authoritiesPem?: string
  /** What we show of ourselves, under mutual TLS. */
  readonly identity?: TlsIdentity
}

export interface EtcdCredentials {
  readonly user: string
  readonly password: string
}

export interface EtcdLimits {
  readonly maxTxnOps: number
  readonly maxRequestBytes: number
}

const maxPrefixBytes = 128
const maxKeyBytes = 512
/** What protobuf adds to a key in a request, generously. */
const framingBytes = 48
/** The rest of a request, its name among the members of the cluster included. */
const envelopeBytes = 1_024

/** `host:port` of each endpoint, and whether they speak TLS. Throws `invalid-argument`. */
export function parseEndpoints({ endpoints, tls }: Pick<EtcdStoreOptions, 'endpoints' | 'tls'>): { readonly addresses: readonly string[]; readonly secure: boolean } {
  const parsed = endpoints.map(parseEndpoint)
  const [first] = parsed
  if (first === undefined) throw unfit('endpoints', 'names no endpoint', 'give one at least, such as https://10.0.0.1:2379')
  if (parsed.some(({ secure }) => secure !== first.secure)) throw unfit('endpoints', 'mixes https:// and http://', 'let all members speak TLS')
  if (!first.secure && tls !== undefined) throw unfit('endpoints', 'says http://, but there is tls', 'say https://, or leave tls out')
  return { addresses: parsed.map(({ address }) => address), secure: first.secure }
}

export function parsePrefix(prefix = 'piccolo/'): string {
  const bytes = Buffer.byteLength(prefix)
  if (bytes > maxPrefixBytes || !/^[^/].*\/$/s.test(prefix)) {
    throw unfit('prefix', `is ${JSON.stringify(prefix.slice(0, 80))}`, `let it end with a slash, not begin with one, and be no longer than ${maxPrefixBytes} bytes`)
  }
  return prefix
}

/** What a commit may hold, so that etcd takes every one that core was told would fit. */
export function capabilitiesOf({ maxTxnOps = 128, maxRequestBytes = 1_572_864 }: Partial<EtcdLimits>): StoreCapabilities {
  // One goes to the head that every commit writes.
  const maxCommitOperations = maxTxnOps - 1
  // A precondition names its key twice, to compare it and to tell what it was instead; core counts neither.
  const keyBytes = 2 * (maxPrefixBytes + maxKeyBytes + framingBytes)
  const maxCommitBytes = maxRequestBytes - envelopeBytes - maxCommitOperations * keyBytes
  if (maxCommitOperations < 64 || maxCommitBytes < 64 * 1024) {
    throw unfit('limits', `leave ${maxCommitOperations} operations and ${maxCommitBytes} bytes to a commit`, 'let etcd take 65 operations and 256 KiB at least')
  }
  return { durable: 'power', shared: true, maxValueBytes: Math.min(1024 * 1024, maxCommitBytes - maxKeyBytes), maxCommitOperations, maxCommitBytes }
}

function parseEndpoint(endpoint: string): { readonly address: string; readonly secure: boolean } {
  const [, scheme, host, port = '2379'] = /^(https?):\/\/(\[[\da-f:.]+\]|[\w.-]+)(?::(\d{1,5}))?\/?$/i.exec(endpoint) ?? []
  if (scheme === undefined || host === undefined || Number(port) > 65_535) {
    // What stands before an @ may be a password.
    throw unfit('endpoints', `holds ${JSON.stringify(endpoint.replace(/.*@/, '…@').slice(0, 80))}`, 'write https://host:port')
  }
  return { address: `${host}:${port}`, secure: scheme.toLowerCase() === 'https' }
}

function unfit(option: keyof EtcdStoreOptions, problem: string, remedy: string): PiccoloError {
  return new PiccoloError('invalid-argument', `etcdStore: \`${option}\` ${problem}; ${remedy}.`, { details: { option } })
}
