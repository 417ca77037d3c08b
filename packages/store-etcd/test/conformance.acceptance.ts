import { afterAll, beforeAll } from 'vitest'
import { stateStoreSuite, type StateStoreSubject } from '@piccolo/conformance'
import { etcdStore, type EtcdStoreOptions } from '@piccolo/store-etcd'
import { certified } from '../../../tooling/vitest/certified.js'
import { describeWith } from '../../../tooling/vitest/needs.js'
import { context } from './support/stores.js'
import { testEtcd, type TestEtcd } from './support/test-etcd.js'

/** Each case has a prefix, and so a store, of its own in one etcd. */
function subjects(etcd: () => TestEtcd, options: () => Partial<EtcdStoreOptions> = () => ({})) {
  let count = 0
  return async (): Promise<{ readonly subject: StateStoreSubject; dispose(): Promise<void> }> => {
    const adapter = etcdStore({ endpoints: [etcd().endpoint], prefix: `case-${count++}/`, ...options() })
    return {
      subject: {
        create: () => adapter(context),
        async compact(_store, revision) {
          await etcd().ctl('compact', String(revision))
        },
      },
      dispose: () => Promise.resolve(),
    }
  }
}

describeWith({ etcd: true, linux: true }, 'etcdStore', () => {
  let etcd: TestEtcd
  beforeAll(async () => { etcd = await testEtcd() })
  afterAll(() => etcd?.dispose())

  certified(stateStoreSuite, subjects(() => etcd), { adapter: 'etcdStore', page: new URL('../certificates/state-store.md', import.meta.url) })
})
