import type { Disk } from '@piccolo/core/spi'
import type { PlantedBug } from './planted-bug.js'

/** Writes as a file system without a sync does: there at once, safe only at some later time. */
function withoutSync(disk: Disk): Disk {
  return {
    read: (path, signal) => disk.read(path, signal),
    append: (path, bytes, signal) => disk.append(path, bytes, signal),
    sync: () => Promise.resolve(),
    remove: (path, signal) => disk.remove(path, signal),
    list: (path, signal) => disk.list(path, signal),
    watch: (path, changed) => disk.watch(path, changed),
    lock: (signal) => disk.lock(signal),
    free: (signal) => disk.free(signal),
    volatile: disk.volatile,
    async replace(path, bytes, signal) {
      await disk.remove(path, signal)
      await disk.append(path, bytes, signal)
    },
  }
}

export const diskAcknowledgesBeforeSync: PlantedBug = {
  does: 'the disk says that a file was replaced before it is safe',
  caughtBy: 'acknowledged survives',
  seed: 1,
  parts: { agent: (usual) => (usual.disk === undefined ? usual : { ...usual, disk: withoutSync(usual.disk) }) },
}
