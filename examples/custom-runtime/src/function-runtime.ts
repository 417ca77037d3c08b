import {
  PiccoloError, throwIfAborted, type Clock, type ContainerRuntime, type ContainerRuntimeAdapter, type ContainerState, type RuntimeEvent, type RuntimeScope,
} from '@piccolo/core/spi'
import type { FunctionBoard } from './function-board.js'

/** A container runtime for a board whose workloads are functions: no images, no logs, no limits, no network of their own. */
export function functionRuntime(board: FunctionBoard): ContainerRuntimeAdapter {
  return ({ clock, scope }) => createRuntime(board, scope, clock)
}

function createRuntime(board: FunctionBoard, scope: RuntimeScope, clock: Clock): ContainerRuntime {
  let life: AbortController | undefined
  /** Of every call: a closed runtime does nothing, and so does an aborted call. */
  const admit = (signal: AbortSignal): AbortSignal => {
    throwIfAborted(signal)
    if (life === undefined) throw new PiccoloError('failed-precondition', 'This runtime is not open.')
    return AbortSignal.any([signal, life.signal])
  }
  const inspect = (id: string): ContainerState | undefined => board.states(scope).find((state) => state.id === id)

  return {
    capabilities: { name: 'function', limits: { cpu: false, memory: false }, privateNetwork: false },
    async open(signal) {
      throwIfAborted(signal)
      life ??= new AbortController()
    },
    async close() {
      life?.abort()
      life = undefined
    },
    async health(signal) {
      admit(signal)
      return { ready: true, version: 'function 1', reasons: [] }
    },
    async create(spec, signal) {
      admit(signal)
      return board.create(scope, spec)
    },
    async start(id, signal) {
      admit(signal)
      board.start(scope, id)
    },
    async stop(id, { graceMs }, signal) {
      admit(signal)
      board.interrupt(scope, id)
      const isOver = (): boolean => inspect(id)?.phase !== 'running'
      await until(isOver, { board, clock, signal, withinMs: graceMs })
      throwIfAborted(signal)
      board.kill(scope, id)
    },
    async kill(id, signal) {
      admit(signal)
      board.kill(scope, id)
    },
    async remove(id, signal) {
      admit(signal)
      board.remove(scope, id)
    },
    async list(signal) {
      admit(signal)
      return board.states(scope)
    },
    async inspect(id, signal) {
      admit(signal)
      return inspect(id)
    },
    async *watch(signal): AsyncGenerator<RuntimeEvent, void, undefined> {
      const either = admit(signal)
      const known = new Map(board.states(scope).map((state) => [state.id, state]))
      /** At most one entry a container: whoever is slow hears of it once, as it is then. */
      const touched = new Set<string>()
      const stopListening = board.listen((id) => touched.add(id))
      try {
        yield { type: 'resync', containers: [...known.values()] }
        while (!either.aborted) {
          await until(() => touched.size > 0, { board, clock, signal: either })
          for (const id of touched) {
            touched.delete(id)
            const container = inspect(id)
            const event = changeOf(id, known.get(id), container)
            if (container === undefined) known.delete(id)
            else known.set(id, container)
            if (event !== undefined && !either.aborted) yield event
          }
        }
      } finally {
        stopListening()
      }
    },
  }
}

function changeOf(id: string, before: ContainerState | undefined, now: ContainerState | undefined): RuntimeEvent | undefined {
  if (now !== undefined) return now === before ? undefined : { type: 'changed', container: now }
  return before && { type: 'removed', id, workload: before.workload, container: before.container }
}

interface Waiting {
  readonly board: FunctionBoard
  readonly clock: Clock
  readonly signal: AbortSignal
  readonly withinMs?: number
}

/** Waits for a change of the board that makes it true, for the time to be over or for the signal. */
async function until(isTrue: () => boolean, { board, clock, signal, withinMs }: Waiting): Promise<void> {
  if (isTrue() || signal.aborted) return
  await new Promise<void>((resolve) => {
    const done = (): void => {
      stopListening()
      cancel?.()
      signal.removeEventListener('abort', done)
      resolve()
    }
    const stopListening = board.listen(() => { if (isTrue()) done() })
    const cancel = withinMs === undefined ? undefined : clock.schedule(withinMs, done)
    signal.addEventListener('abort', done)
  })
}
