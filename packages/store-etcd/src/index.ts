export { etcdStore } from './etcd-store.js'
export { localEtcd, type LocalEtcd, type LocalEtcdOptions, type LocalEtcdPorts, type LocalEtcdTls } from './local-etcd.js'
export type { EtcdCredentials, EtcdLimits, EtcdStoreOptions, EtcdTls } from './options.js'
