import type { X509Certificate } from 'node:crypto'

/** Host names and addresses that a certificate is made out to; none when one had to be quoted, as for its URIs. */
export function hostNamesOf({ subjectAltName = '' }: X509Certificate): readonly string[] {
  if (subjectAltName.includes('"')) return []
  return subjectAltName.split(', ').flatMap((entry) => /^(?:DNS|IP Address):(.*)$/.exec(entry)?.[1] ?? [])
}

/** Whether both name the same hosts, in whatever order and however an address is written. */
export function sameHostNames(some: readonly string[], others: readonly string[]): boolean {
  const [one, other] = [new Set(some.map(canonical)), new Set(others.map(canonical))]
  return one.size === other.size && [...one].every((name) => other.has(name))
}

/** Of an IPv6 address the one way to write it. */
function canonical(name: string): string {
  const url = `http://[${name}]`
  return name.includes(':') && URL.canParse(url) ? new URL(url).hostname : name
}
