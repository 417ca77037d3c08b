export { embeddedStore, type EmbeddedStoreOptions } from './embedded-store.js'
export type { SizeLimits } from './sizes.js'
