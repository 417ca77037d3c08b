import { containerRuntimeSuite, type ContainerRuntimeSubject, type Program, type Provide } from '@piccolo/conformance'
import { PiccoloError, type ContainerRuntime, type ContainerState, type ImagesFacet, type LogsFacet, type PodsFacet, type RuntimeEvent } from '@piccolo/core/spi'
import { manualClock, memoryMachine, memoryProgram, memoryRuntime, type MemoryMachine, type MemoryProgram } from '@piccolo/testing'
import { abortMutants, changed, context, hasty, never, type Alter, type Mutant } from '../mutants/mutant.js'
import type { Walk } from '../mutants/walk.js'

type Change = (real: ContainerRuntime, machine: MemoryMachine) => Partial<ContainerRuntime>

const image = 'localhost/suite:1'

function bed(change: Change): Provide<ContainerRuntimeSubject> {
  return async () => {
    const clock = manualClock()
    const machine = memoryMachine({ clock, images: [image] })
    machine.registry.set(image, { pullMs: 0 })
    machine.archives.set('/archives/suite.tar', ['localhost/loaded:1'])
    const adapter = memoryRuntime(machine)
    const instance = (node: string): ContainerRuntime => {
      const real = adapter({ ...context(), clock, scope: { cluster: 'suite', node } })
      return changed(real, change(real, machine))
    }
    const [runtime, neighbour] = [instance('a'), instance('b')]
    await Promise.all([runtime.open(never), neighbour.open(never)])
    // Programs that end by themselves need time to pass.
    const ticking = setInterval(() => void clock.advance(1), 1)
    const subject: ContainerRuntimeSubject = {
      runtime, neighbour, image,
      restarted: () => instance('a'),
      archive: { path: '/archives/suite.tar', name: 'localhost/loaded:1' },
      command: (program) => memoryProgram(programOf(program)),
      elapse: (ms) => clock.advance(ms),
      loseEngine: async () => {
        machine.down()
        return async () => { machine.up() }
      },
      deadlineMs: 1_500,
    }
    return { subject, dispose: async () => { clearInterval(ticking) } }
  }
}

function programOf(program: Program): MemoryProgram {
  switch (program.kind) {
    case 'exit': return { afterMs: 0, exitCode: program.code }
    case 'print': return { afterMs: 0, lines: program.lines }
    case 'environment': return { afterMs: 0, printsVariable: program.name }
    case 'stubborn': return { stubborn: true }
    case 'forever': return {}
  }
}

const broken = (killedBy: string, name: string, change: Change): Mutant<ContainerRuntimeSubject> => ({ killedBy, name, provide: bed(change) })
const method = (name: keyof ContainerRuntime) => (alter: Alter) => bed((real) => alter(real, name))

/** A change of one facet; the twin has them all. */
const images = (change: (real: ImagesFacet) => Partial<ImagesFacet>): Change => ({ images: real }) => (real === undefined ? {} : { images: changed(real, change(real)) })
const logs = (change: (real: LogsFacet) => Partial<LogsFacet>): Change => ({ logs: real }) => (real === undefined ? {} : { logs: changed(real, change(real)) })
const pods = (change: (real: PodsFacet, machine: MemoryMachine) => Partial<PodsFacet>): Change => ({ pods: real }, machine) => (real === undefined ? {} : { pods: changed(real, change(real, machine)) })

/** States in other words, when somebody asks for one. */
const states = (change: (state: ContainerState) => ContainerState): Change => (real) => ({
  inspect: async (...args) => {
    const state = await real.inspect(...args)
    return state && change(state)
  },
})
/** Events in other words. */
const events = (change: (event: RuntimeEvent) => readonly RuntimeEvent[]): Change => (real) => ({
  async *watch(signal) {
    for await (const event of real.watch(signal)) yield* change(event)
  },
})

const refusal = (code: ConstructorParameters<typeof PiccoloError>[0]): PiccoloError => new PiccoloError(code, 'No.')

const opening: readonly Mutant<ContainerRuntimeSubject>[] = [
  broken('runtime/capabilities', 'has no name', (real) => ({ capabilities: { ...real.capabilities, name: '' } })),
  broken('runtime/health', 'is never ready', () => ({ health: () => Promise.resolve({ ready: false, reasons: ['No.'] }) })),
  broken('runtime/not-open', 'finds nothing while it is closed', (real) => ({ list: (signal) => real.list(signal).catch(() => []) })),
  broken('runtime/open-twice', 'is opened once', (real) => {
    let isOpen = false
    return { open: (signal) => { if (isOpen) return Promise.reject(refusal('failed-precondition')); isOpen = true; return real.open(signal) } }
  }),
  broken('runtime/close-unopened', 'closes only what is open', (real) => {
    let isOpen = false
    return {
      open: (signal) => { isOpen = true; return real.open(signal) },
      close: () => (isOpen ? real.close() : Promise.reject(refusal('failed-precondition'))),
    }
  }),
]

const aborting: readonly Mutant<ContainerRuntimeSubject>[] = [
  ...abortMutants({
    'runtime/aborted-open': method('open'), 'runtime/aborted-health': method('health'), 'runtime/aborted-list': method('list'), 'runtime/aborted-inspect': method('inspect'),
    'runtime/aborted-create': method('create'), 'runtime/aborted-start': method('start'), 'runtime/aborted-stop': method('stop'), 'runtime/aborted-kill': method('kill'),
    'runtime/aborted-remove': method('remove'),
    'runtime/aborted-images-has': (alter) => bed(images((real) => alter(real, 'has'))),
    'runtime/aborted-images-pull': (alter) => bed(images((real) => alter(real, 'pull'))),
    'runtime/aborted-images-load': (alter) => bed(images((real) => alter(real, 'load'))),
    'runtime/aborted-pods-create': (alter) => bed(pods((real) => alter(real, 'create'))),
    'runtime/aborted-pods-list': (alter) => bed(pods((real) => alter(real, 'list'))),
    'runtime/aborted-pods-remove': (alter) => bed(pods((real) => alter(real, 'remove'))),
  }),
  broken('runtime/aborted-watch', 'watches although it was aborted', (real) => ({ watch: () => real.watch(never) })),
  broken('runtime/aborted-logs', 'reads although it was aborted', logs((real) => ({ read: (id, options) => real.read(id, options, never) }))),
  broken('runtime/stop-abort', 'ends in an error of its own when it is aborted on its way', (real) => hasty(real, 'stop')),
]

const life: readonly Mutant<ContainerRuntimeSubject>[] = [
  broken('runtime/create-does-not-start', 'starts what it makes', (real) => ({
    create: async (spec, signal) => {
      const id = await real.create(spec, signal)
      await real.start(id, signal)
      return id
    },
  })),
  broken('runtime/start-is-idempotent', 'will not start what runs', (real) => ({
    start: async (id, signal) => {
      if ((await real.inspect(id, signal))?.phase === 'running') throw refusal('failed-precondition')
      await real.start(id, signal)
    },
  })),
  broken('runtime/starts-again-after-exit', 'will not start what has ended', (real) => ({
    start: async (id, signal) => {
      if ((await real.inspect(id, signal))?.phase === 'exited') throw refusal('failed-precondition')
      await real.start(id, signal)
    },
  })),
  broken('runtime/start-of-absent-is-not-found', 'starts what is not there', (real) => ({ start: (id, signal) => real.start(id, signal).catch(() => undefined) })),
  broken('runtime/exit-codes', 'takes every end for a good one', states((state) => (state.exitCode === undefined ? state : { ...state, exitCode: 0 }))),
  broken('runtime/stop-asks-first', 'kills at once', (real) => ({ stop: (id, _, signal) => real.kill(id, signal) })),
  broken('runtime/stop-kills-after-grace', 'has no patience', (real) => ({ stop: (id, _, signal) => real.stop(id, { graceMs: 0 }, signal) })),
  broken('runtime/stop-kills-after-grace', 'never kills', (real, machine) => ({
    stop: async (id, { graceMs }, signal) => {
      await Promise.race([real.stop(id, { graceMs: graceMs * 1_000 }, signal), new Promise<void>((resolve) => void machine.clock.schedule(graceMs, resolve))])
    },
  })),
  broken('runtime/kill-ends-with-137', 'asks instead of killing', (real, machine) => ({
    kill: async (id, signal) => {
      const state = await real.inspect(id, signal)
      if (state?.phase === 'running') machine.exit(state.name, 143)
    },
  })),
  broken('runtime/remove-ends-and-removes', 'will not remove what runs', (real) => ({
    remove: async (id, signal) => {
      if ((await real.inspect(id, signal))?.phase === 'running') throw refusal('failed-precondition')
      await real.remove(id, signal)
    },
  })),
  broken('runtime/ended-or-absent-is-fine', 'will not stop what is not there', (real) => ({
    stop: async (id, options, signal) => {
      if ((await real.inspect(id, signal)) === undefined) throw refusal('not-found')
      await real.stop(id, options, signal)
    },
  })),
  broken('runtime/already-exists-names-ours', 'does not say whose name it is', (real) => ({ create: (spec, signal) => real.create(spec, signal).catch(() => { throw refusal('already-exists') }) })),
  broken('runtime/one-name-once', 'gives the second one another name', (real) => ({ create: (spec, signal) => real.create(spec, signal).catch(() => real.create({ ...spec, name: `${spec.name}-1` }, signal)) })),
  broken('runtime/containers-outlive-close', 'takes its containers along', (real) => ({
    close: async () => {
      for (const { id } of await real.list(never).catch(() => [])) await real.remove(id, never)
      await real.close()
    },
  })),
  broken('runtime/scope-hides-neighbours', 'lists everybody’s', (_, machine) => ({ list: async () => machine.containers() })),
  broken('runtime/scope-hides-neighbours-pods', "lists everybody's pods", pods((_, machine) => ({ list: async () => machine.pods() }))),
  broken('runtime/environment', 'starts programs without their environment', (real) => ({ create: (spec, signal) => real.create({ ...spec, env: [] }, signal) })),
]

const watching: readonly Mutant<ContainerRuntimeSubject>[] = [
  broken('runtime/watch-begins-with-resync', 'begins with nothing', events((event) => [event.type === 'resync' ? { ...event, containers: [] } : event])),
  broken('runtime/watch-tells-of-changes', 'does not say what went', events((event) => [event.type === 'removed' ? { ...event, id: '' } : event])),
  broken('runtime/exit-while-away-is-seen-later', 'forgets how it ended', events((event) => [event.type !== 'resync' ? event : {
    ...event, containers: event.containers.map(({ exitCode: _, ...state }) => state),
  }])),
  broken('runtime/watch-tells-of-images', 'says nothing of images', events((event) => (event.type === 'images' ? [] : [event]))),
  broken('runtime/watch-ends-on-abort', 'ends every watch with one', (real) => {
    const all = new AbortController()
    return {
      watch: (signal) => {
        signal.addEventListener('abort', () => { all.abort() })
        return real.watch(AbortSignal.any([signal, all.signal]))
      },
    }
  }),
  broken('runtime/watch-ends-on-close', 'goes on watching', () => ({ close: () => Promise.resolve() })),
  broken('runtime/engine-lost', 'finds nothing while its engine is away', (real) => ({ list: (signal) => real.list(signal).catch((error: unknown) => {
    if (PiccoloError.is(error, 'unavailable')) return []
    throw error
  }) })),
]

const facets: readonly Mutant<ContainerRuntimeSubject>[] = [
  broken('runtime/missing-image-is-not-found', 'makes something of nothing', (real, machine) => ({
    create: (spec, signal) => {
      machine.images.add(spec.image)
      return real.create(spec, signal)
    },
  })),
  broken('runtime/pull-of-missing', 'does not say what it could not pull', images((real) => ({ pull: (name, signal) => real.pull(name, signal).catch(() => { throw refusal('unavailable') }) }))),
  broken('runtime/pull-of-missing', 'pulls what is not there', images((real) => ({ pull: (name, signal) => real.pull(name, signal).catch(() => undefined) }))),
  broken('runtime/images-load', 'loads what is not there', images((real) => ({ load: (path, signal) => real.load(path, signal).catch(() => []) }))),
  broken('runtime/logs-in-order', 'tells the latest first', logs((real) => ({
    async *read(...args) {
      const lines = []
      for await (const line of real.read(...args)) lines.push(line)
      yield* lines.reverse()
    },
  }))),
  broken('runtime/logs-in-order', 'takes no notice of the tail', logs((real) => ({ read: (id, { follow }, signal) => real.read(id, { follow }, signal) }))),
  broken('runtime/logs-keep-streams-apart', 'takes everything for output', logs((real) => ({
    async *read(...args) {
      for await (const line of real.read(...args)) yield { ...line, stream: 'stdout' as const }
    },
  }))),
  broken('runtime/logs-follow-to-the-end', 'follows from now on', logs((real) => ({ read: (id, options, signal) => real.read(id, options.follow ? { follow: true, tail: 0 } : options, signal) }))),
  broken('runtime/logs-of-absent', 'reads nothing of what is not there', logs((real) => ({
    async *read(...args) {
      try {
        yield* real.read(...args)
      } catch (error) {
        if (!PiccoloError.is(error, 'not-found')) throw error
      }
    },
  }))),
  broken('runtime/pods', 'makes the same pod twice', pods((real) => {
    let last = ''
    return { create: async (spec, signal) => (last = await real.create(spec, signal).catch(() => last)) }
  })),
  broken('runtime/pods', 'forgets who is in which pod', (real) => ({ create: ({ podId: _, ...spec }, signal) => real.create(spec, signal) })),
]

export const containerRuntimeWalk: Walk<ContainerRuntimeSubject> = {
  suite: containerRuntimeSuite,
  original: bed(() => ({})),
  mutants: [...opening, ...aborting, ...life, ...watching, ...facets],
}
