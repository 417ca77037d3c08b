import { describe, expect, test } from 'vitest'
import { bytesTable, table } from '@piccolo/core/store'
import { things, world } from './world.js'

const deadlines = table<{ readonly at: Date }>({
  prefix: 'deadlines/',
  parse: (json) => ({ at: new Date(String(json)) }),
  serialize: ({ at }) => at.toISOString(),
})

describe('table', () => {
  test('puts of several tables go into one commit; a get tells id, key and revisions', async () => {
    const { store } = await world()
    const { revision } = await store.commit({ mutations: [things.put('a', { name: 'x' }), deadlines.put('a', { at: new Date(0) })] })
    expect(await things.get(store, 'a')).toEqual({ id: 'a', key: 'things/a', value: { name: 'x' }, revision, createRevision: revision })
    expect((await deadlines.get(store, 'a'))?.value.at).toEqual(new Date(0))
    expect(await things.get(store, 'b')).toBeUndefined()
  })

  test('unknown fields of a newer release survive being read and written', async () => {
    const { store } = await world()
    const bytes = new TextEncoder().encode('{"name":"x","since":{"$bigint":"12345678901234567890"},"later":[1]}')
    await store.commit({ mutations: [{ type: 'put', key: things.key('a'), value: bytes }] })
    const stored = await things.get(store, 'a')
    expect(stored && new TextDecoder().decode(things.encode({ ...stored.value, name: 'y' })))
      .toBe('{"later":[1],"name":"y","since":{"$bigint":"12345678901234567890"}}')
  })

  test.each([['text that is not JSON', '{'], ['a value of another shape', '7'], ['bytes that are not UTF-8', Uint8Array.of(34, 255, 34)]])(
    'tells %s as corrupt and names the key', async (_name, value) => {
      const { store } = await world()
      await store.commit({ mutations: [{ type: 'put', key: 'things/a', value: typeof value === 'string' ? new TextEncoder().encode(value) : value }] })
      const corrupt = { code: 'corrupt', message: expect.stringContaining('things/a') as string, details: { key: 'things/a' } }
      await expect(things.get(store, 'a')).rejects.toMatchObject(corrupt)
      await expect(things.list(store)).rejects.toMatchObject(corrupt)
    })

  test('list gathers every page as of one revision, whatever is written meanwhile', async () => {
    const { store, backend } = await world({ pageEntries: 3 })
    const ids = Array.from({ length: 10 }, (_, index) => `n${index}`)
    const { revision } = await store.commit({ mutations: ids.map((id) => things.put(id, { name: 'old' })) })
    let pages = 0
    const reader = {
      get: store.get,
      async list(...args: Parameters<typeof store.list>) {
        const page = await store.list(...args)
        pages += 1
        await store.commit({ mutations: [things.delete(`n${pages}`), things.put(`n9`, { name: 'new' }), things.put(`x${pages}`, { name: 'new' })] })
        return page
      },
    }
    const listing = await things.list(reader)
    expect(listing.revision).toBe(revision)
    expect(listing.entries.map(({ id, value }) => `${id} ${value.name}`)).toEqual(ids.map((id) => `${id} old`))
    expect(pages).toBe(4)
    expect(backend.revision).toBeGreaterThan(revision)
  })

  test('list begins again when history is compacted between two pages', async () => {
    const { store, backend } = await world({ pageEntries: 2 })
    await store.commit({ mutations: ['a', 'b', 'c'].map((id) => things.put(id, { name: id })) })
    let calls = 0
    const listing = await things.list({
      get: store.get,
      async list(...args) {
        const page = await store.list(...args)
        calls += 1
        if (calls === 1) {
          await store.commit({ mutations: [things.put('d', { name: 'd' })] })
          backend.compact()
        }
        return page
      },
    })
    expect(listing.entries.map(({ id }) => id)).toEqual(['a', 'b', 'c', 'd'])
    expect(listing.revision).toBe(backend.revision)
  })

  test('pages go on behind the last id, forwards and backwards, within a part of the table', async () => {
    const { store } = await world()
    await store.commit({ mutations: ['a/1', 'a/2', 'a/3', 'b/1'].map((id) => things.put(id, { name: id })) })
    const taken: string[][] = []
    for (const reverse of [false, true]) {
      for (let after: string | undefined, first = true; first || after !== undefined; first = false) {
        const page = await things.page(store, { within: 'a/', limit: 2, reverse, ...(after !== undefined && { after }) })
        taken.push(page.entries.map(({ id }) => id))
        after = page.next
      }
    }
    expect(taken).toEqual([['a/1', 'a/2'], ['a/3'], ['a/3', 'a/2'], ['a/1']])
  })

  test('preconditions say that an entry is what was read, or that there is none', async () => {
    const { store } = await world()
    const create = { preconditions: [things.absent('a')], mutations: [things.put('a', { name: '1' })] }
    expect((await store.commit(create)).committed).toBe(true)
    expect(await store.commit(create)).toMatchObject({ committed: false, failedKeys: ['things/a'] })
    const read = await things.get(store, 'a')
    if (read === undefined) throw new Error('was written')
    const change = { preconditions: [things.unchanged(read)], mutations: [things.put('a', { name: '2' })] }
    expect((await store.commit(change)).committed).toBe(true)
    expect((await store.commit(change)).committed).toBe(false)
  })

  test('bytes are kept as they are', async () => {
    const { store } = await world()
    const contents = bytesTable('contents/')
    await store.commit({ mutations: [contents.put('digest', Uint8Array.of(0, 255))] })
    expect((await contents.get(store, 'digest'))?.value).toEqual(Uint8Array.of(0, 255))
  })
})
