import { PiccoloError, throwIfAborted, type ContainerRuntime, type ContainerRuntimeAdapter, type LogLine, type LogsFacet, type PodsFacet, type RuntimeEvent, type RuntimeScope } from '@piccolo/core/spi'
import { memoryImages, type EngineCall } from './memory-images.js'
import { MemoryMachine } from './memory-machine.js'
import type { MemoryMachineOptions } from './memory-machine-options.js'

export interface MemoryRuntimeOptions {
  /** Leave facets out, as a poorer runtime would. */
  readonly without?: readonly ('images' | 'logs' | 'pods')[]
}

/** A board for {@link memoryRuntime}. */
export function memoryMachine(options: MemoryMachineOptions): MemoryMachine {
  return new MemoryMachine(options)
}

/** A container runtime on a machine in memory. The machine outlives it, as containers outlive an agent. */
export function memoryRuntime(machine: MemoryMachine, { without = [] }: MemoryRuntimeOptions = {}): ContainerRuntimeAdapter {
  return ({ scope }) => {
    const watches = new Set<AbortController>()
    let isOpen = false
    const guard = (signal: AbortSignal): void => {
      throwIfAborted(signal)
      if (!isOpen) throw new PiccoloError('failed-precondition', 'The memory runtime is not open; call open first.')
      machine.requireUp()
    }
    /** One call of the engine: there, what happens there, and back. */
    const call: EngineCall = async (signal, run) => {
      guard(signal)
      const { boots } = machine
      await machine.latency.wait(0.5)
      guard(signal)
      if (machine.boots !== boots) throw new PiccoloError('unavailable', 'The machine was rebooted meanwhile.')
      const result = await run()
      await machine.latency.wait(0.5)
      return result
    }
    const runtime: ContainerRuntime = {
      capabilities: { name: 'memory', limits: { cpu: true, memory: true }, privateNetwork: true },
      ...(without.includes('images') ? {} : { images: memoryImages(machine, call) }),
      ...(without.includes('logs') ? {} : { logs: logsOf(machine, scope) }),
      ...(without.includes('pods') ? {} : { pods: podsOf(machine, scope, call) }),
      open: async (signal) => {
        throwIfAborted(signal)
        machine.check('open')
        isOpen = true
      },
      close: async () => {
        isOpen = false
        for (const watch of watches) watch.abort()
      },
      health: async (signal) => {
        throwIfAborted(signal)
        try {
          machine.check('open')
          return { ready: true, version: 'memory 1', reasons: [], cgroupVersion: 2, rootless: false }
        } catch (error) {
          return { ready: false, reasons: [PiccoloError.from(error).message] }
        }
      },
      create: (spec, signal) => call(signal, () => machine.create(scope, spec)),
      start: (id, signal) => call(signal, () => machine.start(scope, id)),
      stop: (id, { graceMs }, signal) => call(signal, () => machine.stop(scope, id, { graceMs, signal })),
      kill: (id, signal) => call(signal, () => machine.kill(scope, id)),
      remove: (id, signal) => call(signal, () => machine.remove(scope, id)),
      list: (signal) => call(signal, () => machine.inScope(scope)),
      inspect: (id, signal) => call(signal, () => machine.inScope(scope).find((state) => state.id === id)),
      async *watch(signal) {
        guard(signal)
        yield* watch(machine, scope, watches, signal)
      },
    }
    return runtime
  }
}

async function* watch(machine: MemoryMachine, scope: RuntimeScope, watches: Set<AbortController>, signal: AbortSignal): AsyncGenerator<RuntimeEvent> {
  const life = new AbortController()
  const end = (): void => life.abort()
  signal.addEventListener('abort', end, { once: true })
  watches.add(life)
  const queue: RuntimeEvent[] = [{ type: 'resync', containers: machine.inScope(scope) }]
  let broken: PiccoloError | undefined
  let wake = (): void => undefined
  life.signal.addEventListener('abort', () => wake())
  const stopListening = machine.listen(scope, (event) => {
    if (event.type === 'broken') broken = event.error
    else queue.push(event)
    wake()
  })
  try {
    while (!life.signal.aborted) {
      const next = queue.shift()
      if (next !== undefined) yield next
      else if (broken !== undefined) throw broken
      else await new Promise<void>((resolve) => (wake = resolve))
    }
  } finally {
    stopListening()
    watches.delete(life)
    signal.removeEventListener('abort', end)
  }
}

function podsOf(machine: MemoryMachine, scope: RuntimeScope, call: EngineCall): PodsFacet {
  return {
    create: (spec, signal) => call(signal, () => machine.createPod(scope, spec)),
    list: (signal) => call(signal, () => machine.podsIn(scope)),
    remove: (id, signal) => call(signal, () => machine.removePod(scope, id)),
  }
}

function logsOf(machine: MemoryMachine, scope: RuntimeScope): LogsFacet {
  return {
    async *read(id, { follow, tail }, signal): AsyncGenerator<LogLine> {
      throwIfAborted(signal)
      const all = machine.linesOf(scope, id)
      let next = tail === undefined ? 0 : Math.max(0, all.length - tail)
      while (!signal.aborted) {
        for (const line of all.slice(next)) yield line
        next = Math.max(next, all.length)
        const phase = machine.inScope(scope).find((state) => state.id === id)?.phase
        if (!follow || phase === undefined || phase === 'exited') return
        await nextEvent(machine, scope, signal)
      }
    },
  }
}

/** Resolves at the next event of the scope, or with the signal. */
async function nextEvent(machine: MemoryMachine, scope: RuntimeScope, signal: AbortSignal): Promise<void> {
  await new Promise<void>((resolve) => {
    const wake = (): void => {
      stopListening()
      signal.removeEventListener('abort', wake)
      resolve()
    }
    const stopListening = machine.listen(scope, wake)
    signal.addEventListener('abort', wake, { once: true })
    if (signal.aborted) wake()
  })
}
