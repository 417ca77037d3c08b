export { embeddedStore, type EmbeddedStoreOptions } from './embedded-store.js'
