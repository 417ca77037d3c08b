/** `-o json` and `-o yaml`: every bigint is a decimal string, as over HTTP. */
export type ProgramFormat = 'json' | 'yaml'

export async function forPrograms(value: unknown, format: ProgramFormat): Promise<string> {
  if (format === 'json') return `${jsonOf(value, 2)}\n`
  const { stringify } = await import('./yaml.js')
  return stringify(JSON.parse(jsonOf(value)))
}

/** One line, for streams. */
export function jsonLine(value: unknown): string {
  return `${jsonOf(value)}\n`
}

function jsonOf(value: unknown, indent?: number): string {
  return JSON.stringify(value, (_key, field: unknown) => (typeof field === 'bigint' ? field.toString() : field), indent)
}
