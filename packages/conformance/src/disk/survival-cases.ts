import assert from 'node:assert/strict'
import { PiccoloError, type Cancel, type Disk } from '@piccolo/core/spi'
import { bytes } from '../kit/bytes.js'
import { never } from '../kit/signals.js'
import { textOf, type DiskCase } from './disk-text.js'
import type { Given } from '../suite.js'
import type { DiskSubject } from './subject.js'

const canCrash: Given<DiskSubject> = { what: 'a way to cut its power', holds: ({ crash }) => crash !== undefined }

const outlivesProcess: DiskCase = {
  id: 'disk/outlives-the-process',
  title: 'the next instance finds every file, the volatile ones too',
  async run({ disk, restarted }) {
    await disk.replace('a/file', bytes('1'), never)
    await disk.append('log', bytes('2'), never)
    await disk.volatile.replace('lease', bytes('3'), never)
    const again = restarted()
    assert.deepEqual([await textOf(again, 'a/file'), await textOf(again, 'log'), await textOf(again.volatile, 'lease')], ['1', '2', '3'])
  },
}

const volatileApart: DiskCase = {
  id: 'disk/volatile-is-apart',
  title: 'the volatile area is a disk of its own, and its own volatile area',
  async run({ disk }) {
    await disk.replace('name', bytes('durable'), never)
    await disk.volatile.replace('name', bytes('volatile'), never)
    assert.deepEqual([await textOf(disk, 'name'), await textOf(disk.volatile, 'name')], ['durable', 'volatile'])
    await disk.volatile.volatile.remove('name', never)
    assert.deepEqual([await textOf(disk, 'name'), await textOf(disk.volatile, 'name')], ['durable', undefined])
  },
}

const survivesCrash: DiskCase = {
  id: 'disk/acknowledged-survives-a-crash',
  title: 'a power cut takes nothing that was replaced or synced',
  given: canCrash,
  async run({ disk, crash, restarted }) {
    await disk.replace('set', bytes('old'), never)
    await disk.replace('set', bytes('new'), never)
    await disk.append('log', bytes('synced'), never)
    await disk.sync('log', never)
    await disk.replace('gone', bytes('x'), never)
    await disk.remove('gone', never)
    await disk.sync('', never)
    await disk.volatile.replace('lease', bytes('1'), never)
    await crash?.()
    const again = restarted()
    assert.deepEqual([await textOf(again, 'set'), await textOf(again, 'log'), await textOf(again, 'gone')], ['new', 'synced', undefined])
    assert.equal(await textOf(again.volatile, 'lease'), undefined)
  },
}

const tornTail: DiskCase = {
  id: 'disk/crash-keeps-a-prefix',
  title: 'of bytes that were not synced a power cut leaves a prefix, after all that were',
  given: canCrash,
  async run({ disk, crash, restarted }) {
    await disk.append('log', bytes('synced '), never)
    await disk.sync('log', never)
    await disk.append('log', bytes('perhaps this'), never)
    await crash?.()
    const kept = (await textOf(restarted(), 'log')) ?? ''
    assert.ok(kept.startsWith('synced ') && 'synced perhaps this'.startsWith(kept), kept)
  },
}

const oneOwner: DiskCase = {
  id: 'disk/lock-has-one-owner',
  title: 'who locks a disk has it alone until the lock is released; another instance is told so, and no file changes by it',
  async run({ disk, restarted }) {
    const release = await lockOf(disk)
    if (release === undefined) return
    await assert.rejects(restarted().lock(never), { code: 'conflict' })
    await assert.rejects(disk.lock(never), { code: 'conflict' })
    await disk.replace('file', bytes('a'), never)
    assert.deepEqual(await disk.list('', never), ['file'])
    release()
    release()
    const again = await restarted().lock(never)
    await assert.rejects(disk.lock(never), { code: 'conflict' })
    again()
    await assert.rejects(disk.lock(AbortSignal.abort()), { code: 'aborted' })
    ;(await disk.lock(never))()
  },
}

const crashUnlocks: DiskCase = {
  id: 'disk/crash-releases-the-lock',
  title: 'a power cut leaves no lock behind',
  given: canCrash,
  async run({ disk, crash, restarted }) {
    if ((await lockOf(disk)) === undefined) return
    await crash?.()
    ;(await restarted().lock(never))()
  },
}

/** Undefined on a machine without locks. */
async function lockOf(disk: Disk): Promise<Cancel | undefined> {
  try {
    return await disk.lock(never)
  } catch (error) {
    if (PiccoloError.is(error, 'unsupported')) return undefined
    throw error
  }
}

/** What is still there afterwards. */
export const survivalCases: readonly DiskCase[] = [outlivesProcess, volatileApart, survivesCrash, tornTail, oneOwner, crashUnlocks]
