import { PiccoloError } from '@piccolo/core/spi'

type QueryValue = string | number | boolean | bigint | undefined

/** A path under /api/v1 with every segment and value escaped; undefined values are left out. */
export function pathOf(segments: readonly string[], query: Readonly<Record<string, QueryValue>> = {}): string {
  const given = Object.entries(query).flatMap(([name, value]) => (value === undefined ? [] : [`${name}=${encodeURIComponent(String(value))}`]))
  const search = given.length === 0 ? '' : `?${given.join('&')}`
  return `/api/v1/${segments.map(segmentOf).join('/')}${search}`
}

/** Dots can't be escaped: a URL with them would silently name something else. */
function segmentOf(segment: string): string {
  if (segment === '' || segment === '.' || segment === '..') throw new PiccoloError('invalid-argument', `expected a name, found "${segment}"`)
  return encodeURIComponent(segment)
}
