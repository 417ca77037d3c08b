import type { Disk } from '@piccolo/core/spi'
import type { Patience } from '../kit/within.js'

/** What the suite needs of the disk under test; a fresh one for every case. */
export interface DiskSubject extends Patience {
  /** Empty. */
  readonly disk: Disk
  /** Another instance over the same place: what a process has after its restart, within the same boot. */
  restarted(): Disk
  /** Cuts the power; what `restarted` gives afterwards is what came through. Absent where a test can't do that. */
  readonly crash?: () => Promise<void>
  /** Leaves no space on it, where a test can do that; the returned function gives it back. */
  readonly fill?: () => Promise<() => Promise<void>>
}
