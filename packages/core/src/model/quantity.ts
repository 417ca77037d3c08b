import * as z from 'zod'

const units: Readonly<Record<string, number>> = {
  '': 1, k: 1e3, K: 1e3, M: 1e6, G: 1e9, T: 1e12, Ki: 1024, Mi: 1024 ** 2, Gi: 1024 ** 3, Ti: 1024 ** 4,
}

/** Kubernetes' notation: `500m` or `0.5` cores. */
export const cpuQuantitySchema = z
  .union([z.number(), z.string()])
  .refine((value) => parseCpuCores(value) !== undefined, 'expected cores as a number above 0 ("0.5") or in thousandths ("500m")')

/** Kubernetes' notation: `64Mi`, `1G`, or bytes. */
export const memoryQuantitySchema = z
  .union([z.number(), z.string()])
  .refine((value) => parseMemoryBytes(value) !== undefined, 'expected bytes as a number above 0, or with a unit (Ki, Mi, Gi, k, M, G)')

/** Cores, or undefined if it is not a quantity. */
export function parseCpuCores(value: number | string): number | undefined {
  const match = /^(\d+(?:\.\d+)?)(m?)$/.exec(String(value).trim())
  if (match === null) return undefined
  const cores = Number(match[1]) / (match[2] === 'm' ? 1000 : 1)
  return cores > 0 && cores < 1e6 ? cores : undefined
}

/** Bytes, or undefined if it is not a quantity. */
export function parseMemoryBytes(value: number | string): number | undefined {
  const match = /^(\d+(?:\.\d+)?)([kKMGT]i?)?$/.exec(String(value).trim())
  const unit = units[match?.[2] ?? '']
  if (match === null || unit === undefined) return undefined
  const bytes = Math.round(Number(match[1]) * unit)
  return bytes > 0 && Number.isSafeInteger(bytes) ? bytes : undefined
}
