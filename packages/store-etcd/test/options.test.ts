import { describe, expect, test } from 'vitest'
import { etcdStore, type EtcdStoreOptions } from '@piccolo/store-etcd'
import { made } from './support/stores.js'

const refusal = (options: EtcdStoreOptions): unknown => {
  try {
    etcdStore(options)
    return undefined
  } catch (error) {
    return error
  }
}

describe('the options of etcdStore', () => {
  test.each([
    ['no endpoint', []],
    ['no scheme', ['10.0.0.1:2379']],
    ['another scheme', ['ftp://10.0.0.1:2379']],
    ['a path', ['https://10.0.0.1:2379/v3']],
    ['a port that is none', ['https://10.0.0.1:99999']],
    ['a space', ['https://10.0.0.1 :2379']],
    ['TLS and none', ['https://10.0.0.1:2379', 'http://10.0.0.2:2379']],
  ])('refuses endpoints with %s, and says how they are written', (_what, endpoints) => {
    expect(refusal({ endpoints })).toMatchObject({ code: 'invalid-argument', details: { option: 'endpoints' }, message: expect.stringMatching(/https:\/\/|TLS/) as string })
  })

  test.each(['https://10.0.0.1', 'https://etcd-1.local:2379', 'https://[fd00::1]:2379/', 'http://localhost:443'])('takes %s', (endpoint) => {
    expect(refusal({ endpoints: [endpoint] })).toBeUndefined()
  })

  test('refuses certificates beside http://, where nothing would use them', () => {
    expect(refusal({ endpoints: ['http://127.0.0.1'], tls: {} })).toMatchObject({ code: 'invalid-argument', details: { option: 'endpoints' } })
  })

  test('does not repeat a password that somebody wrote into an endpoint', () => {
    expect(String(refusal({ endpoints: ['https://me:secret@10.0.0.1:2379'] }))).not.toContain('secret')
  })

  test.each(['', '/', '/piccolo/', 'piccolo', `${'p'.repeat(128)}/`])('refuses the prefix %j', (prefix) => {
    expect(refusal({ endpoints: ['https://10.0.0.1'], prefix })).toMatchObject({ code: 'invalid-argument', details: { option: 'prefix' } })
  })

  test('leaves room for the keys: what capabilities allow is less than what etcd takes', () => {
    const { capabilities } = made({ endpoints: ['https://10.0.0.1'] })
    expect(capabilities).toEqual({ durable: 'power', shared: true, maxValueBytes: 1_048_576, maxCommitOperations: 127, maxCommitBytes: 1_397_088 })
    const small = made({ endpoints: ['https://10.0.0.1'], limits: { maxTxnOps: 65, maxRequestBytes: 256 * 1024 } }).capabilities
    expect(small.maxCommitBytes).toBeLessThan(256 * 1024)
    expect(small.maxValueBytes).toBeLessThan(small.maxCommitBytes)
  })

  test('refuses limits under which a store could not do its work', () => {
    for (const limits of [{ maxTxnOps: 10 }, { maxRequestBytes: 10_000 }]) {
      expect(refusal({ endpoints: ['https://10.0.0.1'], limits })).toMatchObject({ code: 'invalid-argument', details: { option: 'limits' } })
    }
  })
})
