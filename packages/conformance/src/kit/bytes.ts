export function bytes(text: string): Uint8Array {
  return new TextEncoder().encode(text)
}

export function textOf(encoded: Uint8Array): string {
  return new TextDecoder().decode(encoded)
}
