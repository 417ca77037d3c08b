import { describe, expect, test } from 'vitest'
import { PiccoloError } from '@piccolo/core/spi'
import { isTooHeavy, refusesToken, translated } from '../src/errors.js'

const asked = { address: '10.0.0.1:2379', prefix: 'piccolo/' }

/** As they were seen of etcd 3.4 and 3.5. */
const said = [
  ['11 OUT_OF_RANGE: etcdserver: mvcc: required revision has been compacted', 'compacted', /list again/],
  ['11 OUT_OF_RANGE: etcdserver: mvcc: required revision is a future revision', 'invalid-argument', /no such revision/],
  ['8 RESOURCE_EXHAUSTED: etcdserver: mvcc: database space exceeded', 'resource-exhausted', /disarm/],
  ['8 RESOURCE_EXHAUSTED: etcdserver: too many requests', 'resource-exhausted', /later/],
  ['3 INVALID_ARGUMENT: etcdserver: request is too large', 'too-large', /--max-request-bytes/],
  ['8 RESOURCE_EXHAUSTED: grpc: received message larger than max (1573012 vs. 1048576)', 'too-large', /--max-request-bytes/],
  ['8 RESOURCE_EXHAUSTED: Received message larger than max (41000000 vs 33554432)', 'too-large', /heavier/],
  ['7 PERMISSION_DENIED: etcdserver: permission denied', 'permission-denied', /readwrite piccolo\//],
  ['3 INVALID_ARGUMENT: etcdserver: authentication failed, invalid user ID or password', 'unauthenticated', /`credentials`/],
  ['3 INVALID_ARGUMENT: etcdserver: user name is empty', 'unauthenticated', /`credentials`/],
  ['9 FAILED_PRECONDITION: etcdserver: authentication is not enabled', 'failed-precondition', /Turn its authentication on/],
  ['12 UNIMPLEMENTED: unknown service etcdserverpb.KV', 'unsupported', /no etcd/],
  ['15 DATA_LOSS: etcdserver: corrupt cluster', 'corrupt', /Restore/],
  ['14 UNAVAILABLE: etcdserver: no leader', 'unavailable', /no leader/],
  ['14 UNAVAILABLE: etcdserver: request timed out', 'unavailable', /timed out/],
  ['2 UNKNOWN: something new', 'unavailable', /something new/],
] as const

describe('the errors of etcd', () => {
  test.each(said)('%s is %s', (text, code, message) => {
    const cause = new Error(text)
    expect(translated(cause, asked)).toMatchObject({ code, cause, message: expect.stringMatching(message) as string })
  })

  test('the reason is taken out of what gRPC wraps it in, with a remedy where there is one', () => {
    const wrapped = '14 UNAVAILABLE: No connection established. Last error: Error: unable to verify the first certificate (2026-01-01T00:00:00.000Z). Resolution note: '
    expect(translated(new Error(wrapped), asked).message).toMatch(/^etcd at 10\.0\.0\.1:2379 can't be reached: unable to verify the first certificate\. Check `tls`/)
    const refused = '14 UNAVAILABLE: No connection established. Last error: Error: connect ECONNREFUSED 10.0.0.1:2379. Resolution note: '
    expect(translated(new Error(refused), asked).message).toBe("etcd at 10.0.0.1:2379 can't be reached: connect ECONNREFUSED 10.0.0.1:2379.")
  })

  test('what is translated already stays as it is', () => {
    const error = new PiccoloError('aborted', 'So it was.')
    expect(translated(error, asked)).toBe(error)
  })

  test('too heavy is what our side would not take, not what etcd would not', () => {
    expect(isTooHeavy(translated(new Error('8 RESOURCE_EXHAUSTED: Received message larger than max (2 vs 1)'), asked))).toBe(true)
    expect(isTooHeavy(translated(new Error('8 RESOURCE_EXHAUSTED: grpc: received message larger than max (2 vs. 1)'), asked))).toBe(false)
  })

  test('a token that etcd does not know any more is told from one that may not', () => {
    expect(['etcdserver: invalid auth token', 'etcdserver: revision of auth store is old', 'etcdserver: permission denied'].map(refusesToken)).toEqual([true, true, false])
  })
})
