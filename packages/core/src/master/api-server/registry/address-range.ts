import { groupsOf } from './ip-address.js'

const allBits = 128
/** IPv4 is kept as `::ffff:a.b.c.d`: its prefix lengths count from there. */
const v4Offset = 96

/** Whether an address lies in a range: one address, or a prefix in CIDR notation. A range or an address that is none holds nothing. */
export function withinRange(host: string, range: string): boolean {
  const limits = rangeOf(range)
  const groups = groupsOf(host)
  return limits !== undefined && groups !== undefined && (bitsOf(groups) >> BigInt(allBits - limits.length)) === (limits.bits >> BigInt(allBits - limits.length))
}

export function isRange(text: string): boolean {
  return rangeOf(text) !== undefined
}

function rangeOf(text: string): { readonly bits: bigint; readonly length: number } | undefined {
  const [address = '', suffix, ...more] = text.split('/')
  const groups = groupsOf(address)
  if (groups === undefined || more.length > 0) return undefined
  const bits = bitsOf(groups)
  if (suffix === undefined) return { bits, length: allBits }
  if (!/^\d{1,3}$/.test(suffix)) return undefined
  const length = Number(suffix) + (address.includes(':') ? 0 : v4Offset)
  return length > allBits ? undefined : { bits, length }
}

function bitsOf(groups: readonly number[]): bigint {
  return groups.reduce((bits, group) => (bits << 16n) | BigInt(group), 0n)
}
