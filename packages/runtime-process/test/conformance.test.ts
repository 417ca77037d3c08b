import { describe } from 'vitest'
import type { ContainerRuntime } from '@piccolo/core/spi'
import { containerRuntimeSuite, type Program } from '@piccolo/conformance'
import { certified } from '../../../tooling/vitest/certified.js'
import { linesOf, scene, until } from './support/scene.js'

describe('processRuntime is a container runtime', () => {
  certified(containerRuntimeSuite, async () => {
    const stage = scene()
    const subject = {
      runtime: deaf(await stage.opened()), neighbour: await stage.opened({}, 'two'), restarted: () => stage.runtime(),
      image: 'none', command,
      elapse: (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms)),
      deadlineMs: 10_000,
    }
    return { subject, dispose: () => stage.dispose() }
  }, { adapter: 'processRuntime', page: new URL('../certificates/container-runtime.md', import.meta.url) })
})

/** A shell needs a moment before it can take no notice: start waits until a stubborn program says that it does. */
function deaf(runtime: ContainerRuntime): ContainerRuntime {
  const stubborn = new Set<string>()
  return Object.assign(Object.create(runtime) as ContainerRuntime, {
    async create(spec, signal) {
      const id = await runtime.create(spec, signal)
      if (spec.args?.join().includes(deafNow) === true) stubborn.add(id)
      return id
    },
    async start(id, signal) {
      await runtime.start(id, signal)
      if (stubborn.has(id)) await until(deafNow, async () => ((await linesOf(runtime, id)).includes(deafNow) ? true : undefined))
    },
  } satisfies Partial<ContainerRuntime>)
}

const deafNow = 'takes no notice from now on'

function command(program: Program): { readonly command: readonly string[]; readonly args: readonly string[] } {
  return { command: ['/bin/sh', '-c'], args: [text(program)] }
}

function text(program: Program): string {
  switch (program.kind) {
    case 'forever': return 'exec sleep 100000'
    case 'stubborn': return `trap "" TERM; echo ${deafNow}; while :; do sleep 100000; done`
    case 'exit': return `exit ${program.code}`
    case 'print': return program.lines.map(({ stream, line }) => `echo '${line}'${stream === 'stderr' ? ' >&2' : ''}`).join('; ')
    case 'environment': return `printf '%s\\n' "$${program.name}"`
  }
}
