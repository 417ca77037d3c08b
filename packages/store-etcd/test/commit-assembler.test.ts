import { describe, expect, test } from 'vitest'
import { CommitAssembler } from '../src/commit-assembler.js'
import { Keyspace } from '../src/keyspace.js'
import { described } from './support/resumed-watch.js'

const keyspace = new Keyspace('p/')

/** `revision key`; a value of `-` deletes. */
const event = (revision: number, key: string, value = 'x') => ({
  type: value === '-' ? ('Delete' as const) : ('Put' as const),
  kv: { key: key === 'head' ? keyspace.head : keyspace.bytesOf(key), value: Buffer.from(value), create_revision: '1', mod_revision: String(revision), version: '1', lease: '0' },
  prev_kv: { key: Buffer.alloc(0), value: Buffer.alloc(0), create_revision: '0', mod_revision: '0', version: '0', lease: '0' },
})
const response = (revision: number, events: ReturnType<typeof event>[], fragment = false) => (
  { header: { cluster_id: '1', member_id: '1', raft_term: '1', revision: String(revision) }, events, fragment }
)
const taken = (assembler: CommitAssembler, ...responses: ReturnType<typeof response>[]): readonly string[] =>
  responses.flatMap((each) => assembler.take(each)).map(({ revision, changes }) => described(revision, changes))

describe('CommitAssembler', () => {
  test('puts the events of one revision together, in order, and leaves out what is not of its callers', () => {
    expect(taken(new CommitAssembler(keyspace, 4n), response(6, [event(5, 'a', '1'), event(5, 'b', '-'), event(5, 'head'), event(6, 'a', '2'), event(6, 'head')]))).toEqual(['5: +a=1 -b', '6: +a=2'])
  })

  test('a commit split over fragments is told once, whole', () => {
    const assembler = new CommitAssembler(keyspace, 0n)
    expect(taken(assembler, response(9, [event(5, 'a'), event(6, 'b')], true))).toEqual(['5: +a=x'])
    expect(taken(assembler, response(9, [event(6, 'c')], true))).toEqual([])
    expect(taken(assembler, response(9, [event(6, 'd')], false))).toEqual(['6: +b=x +c=x +d=x'])
  })

  test('while it catches up, the revision in the header is not taken for how far it got', () => {
    const assembler = new CommitAssembler(keyspace, 0n)
    expect(taken(assembler, response(5_000, [event(5, 'a')]), response(5_000, [event(6, 'a')]))).toEqual(['5: +a=x', '6: +a=x'])
  })

  test('a response without events is a progress mark, unless it tells nothing new or comes amid a commit', () => {
    const assembler = new CommitAssembler(keyspace, 4n)
    expect(taken(assembler, response(4, []), response(7, []), response(7, []))).toEqual(['7: '])
    expect(taken(assembler, response(9, [event(8, 'a')], true), response(9, []))).toEqual([])
    expect(taken(assembler, response(9, [event(8, 'b')]))).toEqual(['8: +a=x +b=x'])
  })

  test('what comes again is told once', () => {
    const assembler = new CommitAssembler(keyspace, 5n)
    expect(taken(assembler, response(6, [event(5, 'a'), event(6, 'a')]), response(6, [event(6, 'a')]))).toEqual(['6: +a=x'])
  })

  test('a commit that changed nothing for its callers is a progress mark', () => {
    expect(taken(new CommitAssembler(keyspace, 4n), response(5, [event(5, 'head')]))).toEqual(['5: '])
  })
})
