import { PiccoloError, type Caller, type Operations, type SurfaceAdapter } from '@piccolo/core/spi'

/** A way into the master for the program that it is part of. */
export interface InProcess {
  readonly surface: SurfaceAdapter
  /** There from the master's start on. */
  readonly operations: Operations
  /** Who the program is to the master: its name is in the audit trail. */
  readonly caller: Caller
}

export function inProcess(name: string): InProcess {
  let operations: Operations | undefined
  return {
    surface: (context) => {
      operations = context.operations
      return { start: () => Promise.resolve({ address: 'in-process' }), close: () => Promise.resolve() }
    },
    get operations() {
      if (operations === undefined) throw new PiccoloError('failed-precondition', 'The master has not been started.')
      return operations
    },
    caller: { principal: { kind: 'person', name, role: 'admin' }, source: 'in-process' },
  }
}

/** Looks again whenever something may have changed; resolves with the first thing found. */
export async function untilSeen<Found>({ operations, caller }: InProcess, look: () => Promise<Found | undefined>, signal: AbortSignal): Promise<Found> {
  const changes = operations.changes(caller, signal)[Symbol.asyncIterator]()
  for (;;) {
    const found = await look()
    if (found !== undefined) return found
    if ((await changes.next()).done === true) throw new PiccoloError('aborted', 'The master ended, or nobody waits any more.')
  }
}
