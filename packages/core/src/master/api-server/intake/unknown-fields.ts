import * as z from 'zod'

/** Paths of fields in `value` that the schema does not name. They are kept, and the person is told. */
export function unknownFields(schema: z.ZodType, value: unknown, path: readonly PropertyKey[] = []): readonly (readonly PropertyKey[])[] {
  const bare = unwrap(schema)
  if (bare instanceof z.ZodArray && Array.isArray(value)) {
    const element = bare.element as z.ZodType // the class type forgets which zod flavour its element has
    return value.flatMap((item, index) => unknownFields(element, item, [...path, index]))
  }
  if (!(bare instanceof z.ZodObject) || typeof value !== 'object' || value === null || Array.isArray(value)) return []
  const shape = bare.shape as Readonly<Record<string, z.ZodType>> // likewise
  return Object.entries(value).flatMap(([key, field]) => {
    const known = Object.hasOwn(shape, key) ? shape[key] : undefined
    return known === undefined ? [[...path, key]] : unknownFields(known, field, [...path, key])
  })
}

function unwrap(schema: z.ZodType): z.ZodType {
  if (schema instanceof z.ZodOptional || schema instanceof z.ZodNullable || schema instanceof z.ZodDefault) return unwrap(schema.unwrap() as z.ZodType)
  return schema
}
