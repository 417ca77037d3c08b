/** `5s`, `3m`, `2h`, `4d`: as short as a table wants it. */
export function age(durationMs: number): string {
  const seconds = Math.max(0, Math.floor(durationMs / 1000))
  if (seconds < 120) return `${String(seconds)}s`
  if (seconds < 2 * 3600) return `${String(Math.floor(seconds / 60))}m`
  if (seconds < 2 * 86_400) return `${String(Math.floor(seconds / 3600))}h`
  return `${String(Math.floor(seconds / 86_400))}d`
}

export function timeOfDay(atMs: number): string {
  return new Date(atMs).toISOString().replace('T', ' ').replace(/\.\d+Z$/, 'Z')
}
