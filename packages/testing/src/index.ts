export { manualClock, type ManualClock } from './clock/manual-clock.js'
export { seededRandom } from './random/seeded-random.js'
export { silentLogger } from './logger/silent-logger.js'
