import type { Disk, ReadinessCheck, ResourceProbe } from '../../spi/index.js'

const cpuWarnLoad = 0.8
const memoryWarnFree = 0.2
const diskWarnUsed = 0.8
const diskFailUsed = 0.9

const ok = { level: 'ok', reason: '' } as const

/** Checks of the board itself: load, memory and disk. They read files only. */
export function boardChecks({ probe, disk }: { readonly probe: ResourceProbe; readonly disk: Disk }): readonly ReadinessCheck[] {
  return [
    {
      name: 'cpu',
      async run(signal) {
        const { load1, cpuCores } = await probe.read(signal)
        const load = load1 / Math.max(1, cpuCores)
        return load > cpuWarnLoad ? { level: 'warn', reason: `The load is ${load.toFixed(2)} per core; above ${cpuWarnLoad} containers may starve.` } : ok
      },
    },
    {
      name: 'memory',
      async run(signal) {
        const { memoryAvailableBytes, memoryTotalBytes } = await probe.read(signal)
        const free = memoryAvailableBytes / Math.max(1, memoryTotalBytes)
        return free < memoryWarnFree ? { level: 'warn', reason: `Only ${percent(free)} of the memory is free.` } : ok
      },
    },
    {
      name: 'disk',
      async run(signal) {
        const { freeBytes, totalBytes } = await disk.free(signal)
        const used = 1 - freeBytes / Math.max(1, totalBytes)
        if (used <= diskWarnUsed) return ok
        const reason = `The disk is ${percent(used)} full; make room.`
        return used > diskFailUsed ? { level: 'fail', reason } : { level: 'warn', reason }
      },
    },
  ]
}

function percent(share: number): string {
  return `${Math.round(share * 100)} %`
}
