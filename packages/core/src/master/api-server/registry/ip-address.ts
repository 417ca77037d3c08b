/** Whether two IP addresses are the same, however they are written: IPv6 has many spellings, and IPv4 may come dressed as IPv6. */
export function sameHost(a: string, b: string): boolean {
  const [left, right] = [groupsOf(a), groupsOf(b)]
  return left === undefined || right === undefined ? a === b : left.join() === right.join()
}

/** The eight groups of an IPv6 address, IPv4 as `::ffff:a.b.c.d`; undefined = not an address. The zone is where it was seen, not who it is. */
export function groupsOf(text: string): readonly number[] | undefined {
  const address = text.replace(/%.*$/, '')
  if (!address.includes(':')) return groupsOf4(address)
  const [head = '', tail, ...more] = address.split('::')
  const before = partsOf(head)
  const after = tail === undefined ? [] : partsOf(tail)
  if (more.length > 0 || before === undefined || after === undefined) return undefined
  const missing = 8 - before.length - after.length
  if (tail === undefined ? missing !== 0 : missing < 0) return undefined
  return [...before, ...Array.from({ length: missing }, () => 0), ...after]
}

function groupsOf4(address: string): readonly number[] | undefined {
  const pairs = pairsOf(address)
  return pairs && [0, 0, 0, 0, 0, 0xffff, ...pairs]
}

function partsOf(text: string): readonly number[] | undefined {
  const groups: number[] = []
  for (const part of text === '' ? [] : text.split(':')) {
    if (/^[0-9a-f]{1,4}$/i.test(part)) groups.push(Number.parseInt(part, 16))
    else {
      const pairs = pairsOf(part)
      if (pairs === undefined) return undefined
      groups.push(...pairs)
    }
  }
  return groups
}

/** `a.b.c.d` as two groups. */
function pairsOf(address: string): readonly number[] | undefined {
  const [a, b, c, d, ...more] = address.split('.').map((part) => (/^\d{1,3}$/.test(part) && Number(part) < 256 ? Number(part) : undefined))
  if (a === undefined || b === undefined || c === undefined || d === undefined || more.length > 0) return undefined
  return [a * 256 + b, c * 256 + d]
}
