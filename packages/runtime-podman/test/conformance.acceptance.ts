import { afterAll, beforeAll, describe } from 'vitest'
import { containerRuntimeSuite, type ContainerRuntimeSubject, type Program } from '@piccolo/conformance'
import { certified } from '../../../tooling/vitest/certified.js'
import { image, testEngine, type TestEngine } from './support/test-engine.js'

const never = new AbortController().signal

describe('Podman is a container runtime', () => {
  let engine: TestEngine
  beforeAll(async () => { engine = await testEngine() })
  afterAll(async () => { await engine.dispose() })

  certified(containerRuntimeSuite, async () => {
    const runtime = engine.runtime()
    const neighbour = engine.runtime({ node: 'two' })
    await runtime.open(never)
    await neighbour.open(never)
    const subject: ContainerRuntimeSubject = {
      runtime, neighbour, image, command,
      restarted: () => engine.runtime(),
      archive: { path: engine.archive, name: image },
      elapse: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
      deadlineMs: 20_000,
    }
    return {
      subject,
      async dispose() {
        await runtime.close()
        await neighbour.close()
        await engine.clear()
      },
    }
  }, { adapter: 'podmanRuntime', page: new URL('../certificates/container-runtime.md', import.meta.url) })
})

function command(program: Program): { readonly command: readonly string[]; readonly args: readonly string[] } {
  return { command: ['/bin/sh', '-c'], args: [script(program)] }
}

function script(program: Program): string {
  switch (program.kind) {
    case 'forever': return 'trap "exit 0" TERM; sleep 100000 & wait'
    case 'stubborn': return 'trap "" TERM; while :; do sleep 100000; done'
    case 'exit': return `exit ${program.code}`
    case 'print': return program.lines.map(({ stream, line }) => `echo '${line}'${stream === 'stderr' ? ' >&2' : ''}`).join('; ')
    case 'environment': return `printf '%s\\n' "$${program.name}"`
  }
}
