export { exponentialMs, jitteredMs, type BackoffOptions } from './backoff.js'
export { sleep } from './sleep.js'
