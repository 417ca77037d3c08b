import type { Disk } from '@piccolo/core/spi'

/** The plainest disk: files in a map that the test can look into and damage, and a count of writes. */
export interface PlainDisk extends Disk {
  readonly files: Map<string, Uint8Array>
  readonly writes: string[]
}

export function plainDisk(files = new Map<string, Uint8Array>()): PlainDisk {
  const writes: string[] = []
  const disk: PlainDisk = {
    files,
    writes,
    read: async (path) => files.get(path)?.slice(),
    replace: async (path, bytes) => {
      writes.push(`replace ${path}`)
      files.set(path, bytes.slice())
    },
    append: async (path, bytes) => {
      writes.push(`append ${path}`)
      files.set(path, Uint8Array.from([...(files.get(path) ?? []), ...bytes]))
    },
    sync: async () => undefined,
    remove: async (path) => {
      writes.push(`remove ${path}`)
      files.delete(path)
    },
    list: async (path) => [...files.keys()].filter((name) => name.startsWith(`${path}/`)).map((name) => name.slice(path.length + 1)).sort(),
    watch: () => () => undefined,
    free: async () => ({ freeBytes: 80, totalBytes: 100 }),
    get volatile() {
      return disk
    },
  }
  return disk
}
