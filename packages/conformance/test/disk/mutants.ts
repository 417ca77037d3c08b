import { diskSuite, type DiskSubject } from '@piccolo/conformance'
import { PiccoloError, type Disk } from '@piccolo/core/spi'
import { memoryDisk } from '@piccolo/testing'
import { abortMutants, changed, never, subjectOf, type Alter, type Mutant } from '../mutants/mutant.js'
import type { Walk } from '../mutants/walk.js'

type Change = (real: Disk) => Partial<Disk>
/** Crashes and restarts that go wrong. */
type Twist = (subject: DiskSubject) => Partial<DiskSubject>

function bed(change: Change, twist: Twist = () => ({})): DiskSubject {
  const real = memoryDisk()
  const disk = changed<Disk>(real, change(real))
  const subject: DiskSubject = {
    disk,
    restarted: () => disk,
    crash: async () => { real.crash() },
    fill: async () => {
      real.totalBytes = 0
      return async () => { real.totalBytes = 2 ** 20 }
    },
    deadlineMs: 500,
  }
  return { ...subject, ...twist(subject) }
}

const broken = (killedBy: string, name: string, change: Change, twist?: Twist): Mutant<DiskSubject> => ({ killedBy, name, provide: subjectOf(() => bed(change, twist)) })
const same: Change = () => ({})
const method = (name: keyof Disk) => (alter: Alter) => subjectOf(() => bed((real) => alter(real, name)))
const volatile = (name: keyof Disk) => (alter: Alter) => subjectOf(() => bed((real) => ({ volatile: changed(real.volatile, alter(real.volatile, name)) })))
const pause = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

const aborting = abortMutants({
  'disk/aborted-read': method('read'), 'disk/aborted-list': method('list'), 'disk/aborted-free': method('free'), 'disk/aborted-sync': method('sync'),
  'disk/aborted-replace': method('replace'), 'disk/aborted-append': method('append'), 'disk/aborted-remove': method('remove'),
  'disk/aborted-volatile-read': volatile('read'), 'disk/aborted-volatile-list': volatile('list'), 'disk/aborted-volatile-free': volatile('free'),
  'disk/aborted-volatile-sync': volatile('sync'), 'disk/aborted-volatile-replace': volatile('replace'), 'disk/aborted-volatile-append': volatile('append'),
  'disk/aborted-volatile-remove': volatile('remove'),
})

const files: readonly Mutant<DiskSubject>[] = [
  broken('disk/absent-is-no-error', 'will not remove what is not there', (real) => ({
    remove: async (path, signal) => {
      if ((await real.read(path, signal)) === undefined) throw new PiccoloError('not-found', path)
      await real.remove(path, signal)
    },
  })),
  broken('disk/replace-is-whole', 'writes over the beginning', (real) => ({
    replace: async (path, bytes, signal) => {
      const before = (await real.read(path, signal)) ?? new Uint8Array()
      await real.replace(path, new Uint8Array([...bytes, ...before.slice(bytes.length)]), signal)
    },
  })),
  broken('disk/replace-is-atomic', 'writes half, and then the other half', (real) => ({
    replace: async (path, bytes, signal) => {
      await real.replace(path, bytes.slice(0, bytes.length / 2), signal)
      await real.replace(path, bytes, signal)
    },
  })),
  broken('disk/append-adds', 'replaces instead of appending', (real) => ({ append: (path, bytes, signal) => real.replace(path, bytes, signal) })),
  broken('disk/keeps-its-own-bytes', 'hands out its own bytes', (real) => {
    const handed = new Map<string, Uint8Array | undefined>()
    return {
      read: async (path, signal) => {
        if (!handed.has(path)) handed.set(path, await real.read(path, signal))
        return handed.get(path)
      },
    }
  }),
  broken('disk/lists-names', 'lists the last first', (real) => ({ list: async (path, signal) => [...(await real.list(path, signal))].reverse() })),
  broken('disk/paths-stay-inside', 'tidies paths instead of refusing them', (real) => ({ read: (path, signal) => real.read(path.replace(/^\.\//, ''), signal) })),
  broken('disk/file-or-folder', 'reads folders as nothing', (real) => ({ read: (path, signal) => real.read(path, signal).catch((error: unknown) => {
    if (!PiccoloError.is(error, 'failed-precondition')) throw error
    return undefined
  }) })),
  broken('disk/order-of-calls', 'writes when it likes', (real) => ({
    append: async (path, bytes, signal) => {
      if (bytes.length % 2 === 0) await pause()
      await real.append(path, bytes, signal)
    },
  })),
  broken('disk/full', 'empties what it could not write', (real) => ({
    replace: (path, bytes, signal) => real.replace(path, bytes, signal).catch(async (error: unknown) => {
      await real.remove(path, signal)
      throw error
    }),
  })),
  broken('disk/free-space', 'has more room than there is', (real) => ({
    free: async (signal) => {
      const { totalBytes } = await real.free(signal)
      return { freeBytes: totalBytes + 1, totalBytes }
    },
  })),
]

const surviving: readonly Mutant<DiskSubject>[] = [
  broken('disk/outlives-the-process', 'forgets everything at a restart', same, () => ({ restarted: () => memoryDisk() })),
  broken('disk/volatile-is-apart', 'keeps volatile files among the others', (real) => ({ volatile: real })),
  broken('disk/acknowledged-survives-a-crash', 'acknowledges before it is written', (real) => {
    const held = new Map<string, Uint8Array>()
    return {
      replace: async (path, bytes, signal) => {
        const before = held.get(path)
        held.set(path, bytes)
        if (before !== undefined) await real.replace(path, before, signal)
      },
      read: async (path, signal) => {
        const found = await real.read(path, signal)
        return found ?? held.get(path)
      },
    }
  }),
  broken('disk/crash-keeps-a-prefix', 'keeps the end and loses the beginning', same, ({ disk, crash }) => ({
    crash: async () => {
      const log = (await disk.read('log', never)) ?? new Uint8Array()
      await crash?.()
      await disk.replace('log', log.slice(-4), never)
    },
  })),
  broken('disk/lock-has-one-owner', 'lets everybody in', () => ({ lock: () => Promise.resolve(() => undefined) })),
  broken('disk/crash-releases-the-lock', 'stays locked by who is dead', (real) => {
    let isLocked = false
    return {
      lock: async (signal) => {
        if (isLocked) throw new PiccoloError('conflict', 'This disk is in use.')
        const release = await real.lock(signal)
        isLocked = true
        return () => {
          isLocked = false
          release()
        }
      },
    }
  }),
]

const watching: readonly Mutant<DiskSubject>[] = [
  broken('disk/watch-tells', 'does not notice what is appended', (real) => {
    let isAppending = false
    return {
      append: async (path, bytes, signal) => {
        isAppending = true
        await real.append(path, bytes, signal)
        await pause()
        isAppending = false
      },
      watch: (path, changedFile) => real.watch(path, () => { if (!isAppending) changedFile() }),
    }
  }),
  broken('disk/watch-cancels', 'goes on telling', (real) => ({
    watch: (path, changedFile) => {
      real.watch(path, changedFile)
      return () => undefined
    },
  })),
]

export const diskWalk: Walk<DiskSubject> = { suite: diskSuite, original: subjectOf(() => bed(same)), mutants: [...aborting, ...files, ...surviving, ...watching] }
