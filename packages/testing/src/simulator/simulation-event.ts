import type { DiskChange } from '../disk/memory-disk.js'
import type { MachineChange } from '../runtime/memory-listeners.js'
import type { Commit } from '../store/memory-backend.js'
import type { Passage } from '../transport/fabric.js'

/** Where a simulation stands. */
export type Phase = 'joining' | 'raging' | 'healing' | 'resting'

/** Everything that happens in a simulated world, as it happens. Invariants judge these; the timeline shows them. */
export type SimulationEvent =
  | { readonly type: 'phase'; readonly phase: Phase }
  /** A message of a session, sent or arrived. */
  | ({ readonly type: 'message' } & Passage)
  | ({ readonly type: 'commit' } & Commit)
  | ({ readonly type: 'disk'; readonly node: string } & DiskChange)
  | ({ readonly type: 'container'; readonly node: string } & MachineChange)
  /** `who` is `master` or the name of a node. `new-identity`: somebody gave its board another key and a token to join with. */
  | { readonly type: 'life'; readonly who: string; readonly what: 'starts' | 'started' | 'failed' | 'killed' | 'power-off' | 'power-on' | 'new-identity'; readonly reason?: string }
  | { readonly type: 'fault'; readonly fault: string; readonly what: 'begins' | 'ends'; readonly detail: string }
  /** What people asked of the master, and what they were told. */
  | { readonly type: 'people'; readonly asked: string; readonly outcome: 'asked' | 'done' | 'refused' | 'unknown'; readonly reason?: string }
  /** The last one: what must hold did not. */
  | { readonly type: 'violation'; readonly invariant: string; readonly detail: string }
  | { readonly type: 'log'; readonly who: string; readonly level: 'info' | 'warn' | 'error'; readonly message: string; readonly fields: object }
