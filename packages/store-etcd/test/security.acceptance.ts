import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import { registerSuite, stateStoreSuite } from '@piccolo/conformance'
import { systemClock } from '@piccolo/core/system'
import { etcdStore, type EtcdStoreOptions, type EtcdTls } from '@piccolo/store-etcd'
import { describeWith } from '../../../tooling/vitest/needs.js'
import { certificates, type Certificates } from './support/certificates.js'
import { followed, things } from './support/followed.js'
import { context, firstBatch, made, never, now, opened, put, write } from './support/stores.js'
import { tcpProxy } from './support/tcp-proxy.js'
import { testEtcd, type TestEtcd } from './support/test-etcd.js'

const cheap = '--bcrypt-cost=4' // passwords are checked often here
const credentials = { user: 'master', password: 'correct horse' }

describeWith({ etcd: true, linux: true }, 'etcdStore over mutual TLS, with a user and a password', () => {
  let directory: string
  let known: Certificates
  let etcd: TestEtcd
  let tls: EtcdTls
  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'piccolo-etcd-tls-'))
    known = await certificates(directory)
    tls = await known.client('somebody')
    etcd = await testEtcd({ tls: known.server, arguments: [cheap] }, known.ctl)
    await etcd.ctl('user', 'add', 'root:root')
    await etcd.ctl('user', 'grant-role', 'root', 'root')
    await etcd.ctl('role', 'add', 'piccolo')
    await etcd.ctl('role', 'grant-permission', 'piccolo', '--prefix=true', 'readwrite', 'case-')
    await etcd.ctl('user', 'add', `${credentials.user}:${credentials.password}`)
    await etcd.ctl('user', 'grant-role', credentials.user, 'piccolo')
    await etcd.ctl('auth', 'enable')
  })
  afterAll(async () => {
    await etcd?.dispose()
    await rm(directory, { recursive: true, force: true })
  })
  let count = 0
  const options = (changed: Partial<EtcdStoreOptions> = {}): EtcdStoreOptions => ({ endpoints: [etcd.endpoint], prefix: `case-${count++}/`, tls, credentials, ...changed })

  registerSuite(stateStoreSuite, test, async () => {
    const adapter = etcdStore(options())
    return {
      subject: {
        create: () => adapter(context),
        async compact(_store, revision) {
          await etcd.ctl('compact', String(revision))
        },
      },
      dispose: () => Promise.resolve(),
    }
  })

  const refused = async (changed: Partial<EtcdStoreOptions>, code: string, message: RegExp): Promise<void> => {
    const store = made(options(changed))
    await expect(store.open(never)).rejects.toMatchObject({ code, message: expect.stringMatching(message) as string })
    await store.close()
  }

  test('an etcd of another authority is not talked to', async () => {
    const strange = await certificates(directory)
    await refused({ tls: { ...tls, authoritiesPem: (await strange.client('somebody')).authoritiesPem ?? '' } }, 'unavailable', /certificate.*Check `tls`/s)
    await refused({ tls: {} }, 'unavailable', /certificate.*Check `tls`/s)
  })

  test('an etcd whose certificate is for another address is not talked to', async () => {
    const link = await tcpProxy(etcd.endpoint, '127.0.0.2')
    onTestFinished(() => link.close())
    await refused({ endpoints: [link.address] }, 'unavailable', /127\.0\.0\.2 is not in the cert's list.*Check `tls`/s)
    await refused({ endpoints: [etcd.endpoint.replace('127.0.0.1', 'localhost')] }, 'unavailable', /Hostname\/IP does not match.*Check `tls`/s)
  })

  test('whoever shows no certificate, or one of another authority, does not get in, and neither does plain text', async () => {
    const strange = await (await certificates(directory)).client('somebody')
    await refused({ tls: { authoritiesPem: tls.authoritiesPem ?? '' } }, 'unavailable', /can't be reached/)
    await refused({ tls: { ...tls, ...(strange.identity && { identity: strange.identity }) } }, 'unavailable', /can't be reached/)
    const { tls: _tls, ...plain } = options({ endpoints: [etcd.endpoint.replace('https', 'http')] })
    await expect(made(plain).open(never)).rejects.toMatchObject({ code: 'unavailable' })
  })

  test('a wrong password, an unknown user and no user at all are told apart from a missing permission', async () => {
    await refused({ credentials: { ...credentials, password: 'wrong' } }, 'unauthenticated', /does not know this user and password/)
    await refused({ credentials: { ...credentials, user: 'nobody' } }, 'unauthenticated', /does not know this user and password/)
    await refused({ prefix: 'theirs/' }, 'permission-denied', /grant-permission ROLE --prefix=true readwrite theirs\//)
    const { credentials: _credentials, ...anonymous } = options()
    await expect(made(anonymous).open(never)).rejects.toMatchObject({ code: 'permission-denied' })
  })

  test('no error shows the password', async () => {
    const store = made(options({ credentials: { ...credentials, password: 'a secret, that' } }))
    const error = await store.open(never).catch((each: unknown) => each)
    expect(JSON.stringify(error, Object.getOwnPropertyNames(error))).not.toContain('a secret')
  })

  test('a token that etcd has forgotten is replaced by itself, for calls and watches alike', async () => {
    const store = await opened(options())
    const start = await now(store)
    await forgetTokens(etcd)
    expect(await write(store, put('a'))).toBeGreaterThan(start)
    await forgetTokens(etcd)
    expect((await store.list('', {}, never)).entries).toHaveLength(1)
    await forgetTokens(etcd)
    expect((await firstBatch(store.watch('', { after: start }, never), ({ changes }) => changes.length > 0)).changes).toHaveLength(1)
    await forgetTokens(etcd)
    const results = await Promise.all(Array.from({ length: 20 }, (_, index) => write(store, put(`k${index}`))))
    expect(new Set(results).size).toBe(20)
  })
})

describeWith({ etcd: true, linux: true }, 'etcdStore while certificates change', () => {
  let directory: string
  beforeAll(async () => { directory = await mkdtemp(join(tmpdir(), 'piccolo-etcd-tls-')) })
  afterAll(() => rm(directory, { recursive: true, force: true }))

  test('etcd gets a certificate of a new authority, and so do we: what is followed goes on, nothing is lost', async () => {
    const [old, fresh] = [await certificates(directory), await certificates(directory)]
    const etcd = await testEtcd({ tls: old.server }, fresh.ctl)
    onTestFinished(() => etcd.dispose())
    let material = await old.client('master')
    const store = await opened({ endpoints: [etcd.endpoint], tls: () => Promise.resolve(material), deadlineMs: 500 })
    await write(store, things.put('a', '1'))
    const { following, lostWith } = followed(store)
    await following.caughtUpTo(1n)
    await etcd.kill()
    await etcd.start({ tls: fresh.server })
    await expect(store.get('a', never)).rejects.toMatchObject({ code: 'unavailable', message: expect.stringContaining('Check `tls`') as string })
    material = await fresh.client('master')
    await following.caughtUpTo(await write(store, things.put('b', '1')))
    expect([...following.view.keys()].sort()).toEqual(['a', 'b'])
    expect(new Set(lostWith)).toEqual(new Set(['unavailable']))
  })

  test('a new certificate of ours is used within a minute, over a new connection; the same one again is not', async () => {
    const known = await certificates(directory)
    const etcd = await testEtcd({ tls: known.server }, known.ctl)
    onTestFinished(() => etcd.dispose())
    const link = await tcpProxy(etcd.endpoint)
    onTestFinished(() => link.close())
    let skewMs = 0
    let material = await known.client('master')
    const clock = { ...systemClock, monotonicMs: () => systemClock.monotonicMs() + skewMs }
    const store = await opened({ endpoints: [link.address], tls: () => material }, { clock })
    const { following } = followed(store)
    const writeLater = async (id: string): Promise<void> => {
      skewMs += 61_000
      await following.caughtUpTo(await write(store, things.put(id, '1')))
    }
    await writeLater('a')
    expect(link.connections).toBe(1)
    material = await known.client('master')
    await writeLater('b')
    expect(link.connections).toBe(2)
    await writeLater('c')
    expect(link.connections).toBe(2)
  })

  test('certificates that can not be read for a while stop nobody who is connected', async () => {
    const known = await certificates(directory)
    const etcd = await testEtcd({ tls: known.server }, known.ctl)
    onTestFinished(() => etcd.dispose())
    let skewMs = 0
    let readable = true
    const material = await known.client('master')
    const clock = { ...systemClock, monotonicMs: () => systemClock.monotonicMs() + skewMs }
    const store = await opened({
      endpoints: [etcd.endpoint],
      tls() {
        if (!readable) throw new Error('ENOENT: no such file')
        return material
      },
    }, { clock })
    readable = false
    skewMs = 61_000
    await write(store, put('a'))
    await etcd.kill()
    await etcd.start()
    await expect(store.get('a', never)).rejects.toMatchObject({ code: 'unavailable', message: expect.stringMatching(/can't be read: .*ENOENT/) as string })
    readable = true
    expect(await store.get('a', never)).toBeDefined()
  })
})

/** All of them, as a restart or a few idle minutes would. */
async function forgetTokens(etcd: TestEtcd): Promise<void> {
  await etcd.ctl('auth', 'disable')
  await etcd.ctl('auth', 'enable')
}
