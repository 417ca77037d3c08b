import type { Disk } from '@piccolo/core/spi'

/** What the suite needs of the disk under test; a fresh one for every case. */
export interface DiskSubject {
  /** Empty. */
  readonly disk: Disk
  /** Another instance over the same place: what a process has after its restart, within the same boot. */
  restarted(): Disk
  /** Cuts the power; what `restarted` gives afterwards is what came through. Absent where a test can't do that. */
  readonly crash?: () => Promise<void>
  /** How long the suite waits for anything before it calls the claim broken; 5 000 unless given. */
  readonly deadlineMs?: number
}
