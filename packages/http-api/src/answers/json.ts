/** JSON in which every bigint is a decimal string: revisions and generations outgrow what JSON numbers hold exactly. */
export function jsonText(value: unknown): string {
  return JSON.stringify(value, (_key, field: unknown) => (typeof field === 'bigint' ? field.toString() : field))
}

export function jsonResponse(value: unknown, status = 200): Response {
  return new Response(jsonText(value), { status, headers: { 'content-type': 'application/json; charset=utf-8' } })
}

/** Lists travel as an object, so that a field can be added beside them later. */
export function listResponse(items: readonly unknown[]): Response {
  return jsonResponse({ items })
}
