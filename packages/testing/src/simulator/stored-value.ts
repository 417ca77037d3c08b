/** Reads a value as the master stores it: JSON in which a revision is `{"$bigint":"…"}`. */
export function storedValue(bytes: Uint8Array): unknown {
  const text = new TextDecoder().decode(bytes)
  return text.includes('"$bigint"') ? JSON.parse(text, revive) : JSON.parse(text)
}

function revive(_key: string, value: unknown): unknown {
  if (typeof value !== 'object' || value === null || !('$bigint' in value)) return value
  return typeof value.$bigint === 'string' ? BigInt(value.$bigint) : value
}
