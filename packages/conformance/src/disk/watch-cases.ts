import assert from 'node:assert/strict'
import { bytes } from '../kit/bytes.js'
import { never } from '../kit/signals.js'
import { within } from '../kit/within.js'
import type { DiskCase } from './disk-text.js'
import type { DiskSubject } from './subject.js'

const tells: DiskCase = {
  id: 'disk/watch-tells',
  title: 'watch tells of a file that comes to be, is replaced, is appended to and goes, in folders that come later as well',
  async run(subject) {
    const { disk } = subject
    const watch = listen(subject, 'deep/file')
    await watch.hears('made', () => disk.replace('deep/file', bytes('1'), never))
    await watch.hears('replaced', () => disk.replace('deep/file', bytes('2'), never))
    await watch.hears('replaced by the same', () => disk.replace('deep/file', bytes('2'), never))
    await watch.hears('appended to', () => disk.append('deep/file', bytes('3'), never))
    await watch.hears('removed', () => disk.remove('deep/file', never))
    watch.cancel()
  },
}

const cancels: DiskCase = {
  id: 'disk/watch-cancels',
  title: 'a cancelled watch is silent, cancelling twice is harmless, and other watches go on',
  async run(subject) {
    const { disk } = subject
    const cancelled = listen(subject, 'file')
    const other = listen(subject, 'file')
    cancelled.cancel()
    cancelled.cancel()
    await other.hears('made', () => disk.replace('file', bytes('1'), never))
    assert.equal(cancelled.calls(), 0)
    other.cancel()
  },
}

/** What a watch owes to whoever listens. */
export const watchCases: readonly DiskCase[] = [tells, cancels]

interface Listening {
  calls(): number
  /** Acts, and fails unless the watch calls after the act began. */
  hears(what: string, act: () => Promise<void>): Promise<void>
  cancel(): void
}

function listen(subject: DiskSubject, path: string): Listening {
  let calls = 0
  let wake = (): void => undefined
  const cancel = subject.disk.watch(path, () => {
    calls += 1
    wake()
  })
  return {
    calls: () => calls,
    cancel,
    async hears(what, act) {
      const heard = new Promise<void>((resolve) => (wake = resolve))
      await Promise.all([within(subject, `a word that ${path} was ${what}`, heard), act()])
    },
  }
}
