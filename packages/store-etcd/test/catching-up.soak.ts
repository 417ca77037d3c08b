import { expect, onTestFinished, test } from 'vitest'
import { describeWith } from '../../../tooling/vitest/needs.js'
import { eventsWithCuts } from './support/events-with-cuts.js'
import { now, opened } from './support/stores.js'
import { tcpProxy } from './support/tcp-proxy.js'
import { testEtcd } from './support/test-etcd.js'

describeWith({ etcd: true, linux: true }, 'F8: a watch of etcdStore, for a long time', () => {
  test('F8: of 100,000 commits, with the link cut at random, none is lost and none comes twice', async () => {
    const etcd = await testEtcd()
    onTestFinished(() => etcd.dispose())
    const link = await tcpProxy(etcd.endpoint)
    onTestFinished(() => link.close())
    const writer = await opened({ endpoints: [etcd.endpoint], deadlineMs: 20_000 })
    const reader = await opened({ endpoints: [link.address] })
    const seed = Number(process.env['PICCOLO_TEST_SEED'] ?? Math.floor(Math.random() * 2 ** 32))
    const losses = await eventsWithCuts({ commits: 100_000, seed, writer, reader, link, after: await now(writer) })
    process.stdout.write(`F8: seed ${seed} (PICCOLO_TEST_SEED): the watch was lost ${losses} times\n`)
    expect(losses).toBeGreaterThan(50)
  })
})
