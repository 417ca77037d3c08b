export type { ProcessRuntimeOptions } from './options.js'
export { processRuntime } from './process-runtime.js'
