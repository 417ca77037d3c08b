import assert from 'node:assert/strict'
import { bytes } from '../kit/bytes.js'
import { refuses } from '../kit/refuses.js'
import { never } from '../kit/signals.js'
import { textOf, type DiskCase } from './disk-text.js'

const absent: DiskCase = {
  id: 'disk/absent-is-no-error',
  title: 'what is not there reads as undefined, lists as empty, and can be removed',
  async run({ disk }) {
    assert.equal(await disk.read('no/such/file', never), undefined)
    assert.deepEqual(await disk.list('no/such', never), [])
    assert.deepEqual(await disk.list('', never), [])
    await disk.remove('no/such/file', never)
  },
}

const replaces: DiskCase = {
  id: 'disk/replace-is-whole',
  title: 'replace makes the file and the folders above it, and leaves nothing of a longer content before',
  async run({ disk }) {
    await disk.replace('deep/down/file', bytes('a long content'), never)
    await disk.replace('deep/down/file', bytes('short'), never)
    assert.equal(await textOf(disk, 'deep/down/file'), 'short')
    await disk.replace('deep/down/file', bytes(''), never)
    assert.equal(await textOf(disk, 'deep/down/file'), '')
  },
}

const atomic: DiskCase = {
  id: 'disk/replace-is-atomic',
  title: 'a reader sees one content or the other, never a mix, while a file is replaced',
  async run({ disk }) {
    const contents = ['a', 'b', 'c', 'd'].map((letter) => letter.repeat(200_000))
    await disk.replace('file', bytes(contents[0] ?? ''), never)
    const writing = Promise.all(contents.map((content) => disk.replace('file', bytes(content), never)))
    const reading = Promise.all(Array.from({ length: 20 }, () => textOf(disk, 'file')))
    for (const seen of await reading) assert.ok(seen !== undefined && contents.includes(seen))
    await writing
    assert.equal(await textOf(disk, 'file'), contents.at(-1), 'writes take effect in the order of the calls')
  },
}

const appends: DiskCase = {
  id: 'disk/append-adds',
  title: 'append makes the file and its folders, and adds to its end',
  async run({ disk }) {
    await disk.append('log/1', bytes('one '), never)
    await disk.append('log/1', bytes('two'), never)
    await disk.sync('log/1', never)
    await disk.sync('log', never)
    assert.equal(await textOf(disk, 'log/1'), 'one two')
    await disk.replace('log/1', bytes('new '), never)
    await disk.append('log/1', bytes('start'), never)
    assert.equal(await textOf(disk, 'log/1'), 'new start')
  },
}

const keepsCopies: DiskCase = {
  id: 'disk/keeps-its-own-bytes',
  title: 'writing into bytes that were given or read changes no file',
  async run({ disk }) {
    const given = bytes('abc')
    await disk.replace('file', given, never)
    given.fill(0)
    ;(await disk.read('file', never))?.fill(0)
    assert.equal(await textOf(disk, 'file'), 'abc')
  },
}

const lists: DiskCase = {
  id: 'disk/lists-names',
  title: "list gives the names in a folder, files and folders, sorted, and nothing of the disk's own",
  async run({ disk }) {
    for (const path of ['b', 'a/2', 'a/10', 'B', 'c/d/e']) await disk.replace(path, bytes(path), never)
    await disk.volatile.replace('lease', bytes('1'), never)
    assert.deepEqual(await disk.list('', never), ['B', 'a', 'b', 'c'])
    assert.deepEqual(await disk.list('a', never), ['10', '2'])
    await disk.remove('a/10', never)
    assert.deepEqual(await disk.list('a', never), ['2'])
    assert.equal(await disk.read('a/10', never), undefined)
  },
}

const staysInside: DiskCase = {
  id: 'disk/paths-stay-inside',
  title: 'a path that leads out of the disk is refused as invalid-argument by every method',
  async run({ disk }) {
    for (const path of ['../out', 'a/../../out', '/etc/passwd', 'a//b', './a', 'a/']) {
      const refused = { code: 'invalid-argument' }
      await assert.rejects(disk.read(path, never), refused, path)
      await assert.rejects(disk.replace(path, bytes(''), never), refused, path)
      await assert.rejects(disk.append(path, bytes(''), never), refused, path)
      await assert.rejects(disk.sync(path, never), refused, path)
      await assert.rejects(disk.remove(path, never), refused, path)
      await assert.rejects(disk.list(path, never), refused, path)
      assert.throws(() => disk.watch(path, () => undefined), refused, path)
      await assert.rejects(disk.volatile.read(path, never), refused, path)
    }
  },
}

const inTheWay: DiskCase = {
  id: 'disk/file-or-folder',
  title: 'a file where a folder is needed, or the other way round, is failed-precondition, and stays',
  async run({ disk }) {
    await disk.replace('file', bytes('a'), never)
    await disk.replace('folder/inside', bytes('b'), never)
    const refused = { code: 'failed-precondition' }
    await assert.rejects(disk.replace('file/below', bytes('c'), never), refused)
    await assert.rejects(disk.append('file/below', bytes('c'), never), refused)
    await assert.rejects(disk.replace('folder', bytes('c'), never), refused)
    await assert.rejects(disk.read('folder', never), refused)
    await assert.rejects(disk.list('file', never), refused)
    assert.deepEqual([await textOf(disk, 'file'), await textOf(disk, 'folder/inside')], ['a', 'b'])
    assert.deepEqual(await disk.list('', never), ['file', 'folder'])
  },
}

const ordered: DiskCase = {
  id: 'disk/order-of-calls',
  title: 'writes to one path take effect in the order of the calls, however many are under way',
  async run({ disk }) {
    const writes = [disk.replace('log', bytes('0'), never), ...Array.from({ length: 40 }, (_, index) => disk.append('log', bytes(` ${index + 1}`), never))]
    await Promise.all(writes)
    assert.equal(await textOf(disk, 'log'), Array.from({ length: 41 }, (_, index) => index).join(' '))
    await Promise.all([disk.append('log', bytes('x'), never), disk.remove('log', never), disk.append('log', bytes('new'), never)])
    assert.equal(await textOf(disk, 'log'), 'new')
  },
}

const full: DiskCase = {
  id: 'disk/full',
  title: 'W10: a disk without space refuses a replace as resource-exhausted and keeps the old content; with space again it takes it',
  given: { what: 'a way to fill it', holds: ({ fill }) => fill !== undefined },
  async run({ disk, fill }) {
    await disk.replace('set', bytes('old'), never)
    const empty = await fill?.()
    await refuses('resource-exhausted', () => disk.replace('set', bytes('a new and longer content'), never))
    assert.equal(await textOf(disk, 'set'), 'old')
    await empty?.()
    await disk.replace('set', bytes('a new and longer content'), never)
    assert.equal(await textOf(disk, 'set'), 'a new and longer content')
  },
}

const measures: DiskCase = {
  id: 'disk/free-space',
  title: 'free space is a number of bytes, not above the whole',
  async run({ disk }) {
    const { freeBytes, totalBytes } = await disk.free(never)
    assert.ok(freeBytes > 0 && freeBytes <= totalBytes, `${freeBytes} of ${totalBytes}`)
  },
}

/** What becomes of files while the process lives. */
export const fileCases: readonly DiskCase[] = [
  absent, replaces, atomic, appends, keepsCopies, lists, staysInside, inTheWay, ordered, full, measures,
]
