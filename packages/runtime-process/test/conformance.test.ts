import { describe, test } from 'vitest'
import { containerRuntimeSuite, registerSuite, type Program } from '@piccolo/conformance'
import { scene } from './support/scene.js'

describe('processRuntime is a container runtime', () => {
  registerSuite(containerRuntimeSuite, test, async () => {
    const stage = scene()
    const subject = {
      runtime: await stage.opened(), neighbour: await stage.opened({}, 'two'), restarted: () => stage.runtime(),
      image: 'none', command,
      elapse: (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms)),
    }
    return { subject, dispose: () => stage.dispose() }
  })
})

function command(program: Program): { readonly command: readonly string[]; readonly args: readonly string[] } {
  return { command: ['/bin/sh', '-c'], args: [text(program)] }
}

function text(program: Program): string {
  switch (program.kind) {
    case 'forever': return 'exec sleep 100000'
    case 'stubborn': return 'trap "" TERM; while :; do sleep 100000; done'
    case 'exit': return `exit ${program.code}`
    case 'print': return program.lines.map(({ stream, line }) => `echo '${line}'${stream === 'stderr' ? ' >&2' : ''}`).join('; ')
  }
}
