export { httpApi, type HttpApiOptions } from './http-api.js'
export type { HttpApiLimits } from './limits.js'
export { httpStatuses, problemMediaType, type ProblemDocument } from './answers/problem.js'
