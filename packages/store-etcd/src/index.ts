export { etcdStore } from './etcd-store.js'
export type { EtcdCredentials, EtcdStoreOptions, EtcdTls } from './options.js'
