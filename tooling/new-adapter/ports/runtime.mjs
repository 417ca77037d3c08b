export const runtime = {
  noun: 'Runtime',
  suite: 'containerRuntimeSuite',
  subject: 'ContainerRuntimeSubject',
  source: ({ name, factory, options }) => `import { PiccoloError, type ContainerRuntime, type ContainerRuntimeAdapter, type RuntimeScope } from '@piccolo/core/spi'

export interface ${options} {
  /** Where the engine is reached. */
  readonly engine?: string
}

/** Containers by ${name}. Facets (images, logs, pods) are added to what is returned where the engine has them. */
export function ${factory}({ engine = '' }: ${options} = {}): ContainerRuntimeAdapter {
  return ({ scope }) => openedLater(engine, scope)
}

function openedLater(engine: string, scope: RuntimeScope): ContainerRuntime {
  return {
    // What holds of the engine; the suite reads it, and so does core.
    capabilities: { name: '${name}', limits: { cpu: false, memory: false }, privateNetwork: false },
    open: () => Promise.reject(notWritten(\`open of \${engine} for \${scope.cluster}/\${scope.node}\`)),
    close: () => Promise.resolve(),
    health: () => Promise.reject(notWritten('health')),
    create: () => Promise.reject(notWritten('create')),
    start: () => Promise.reject(notWritten('start')),
    stop: () => Promise.reject(notWritten('stop')),
    kill: () => Promise.reject(notWritten('kill')),
    remove: () => Promise.reject(notWritten('remove')),
    list: () => Promise.reject(notWritten('list')),
    inspect: () => Promise.reject(notWritten('inspect')),
    watch: () => ({ [Symbol.asyncIterator]: () => ({ next: () => Promise.reject(notWritten('watch')) }) }),
  }
}

function notWritten(what: string): PiccoloError {
  return new PiccoloError('unsupported', \`${factory}: \${what} is not written yet. examples/custom-runtime shows one whose containers are functions.\`)
}
`,
  bed: ({ file, factory }) => `import type { ContainerRuntimeSubject, Program, Provide } from '@piccolo/conformance'
import type { ContainerSpec } from '@piccolo/core/spi'
import { systemClock, systemRandom } from '@piccolo/core/system'
import { silentLogger } from '@piccolo/testing'
import { ${factory} } from '../src/${file}.js'

/** The suite's programs as commands that this engine can run: here a shell's. */
function command(program: Program): Required<Pick<ContainerSpec, 'command' | 'args'>> {
  return { command: ['/bin/sh', '-c'], args: [script(program)] }
}

function script(program: Program): string {
  switch (program.kind) {
    case 'forever': return 'trap "exit 0" TERM; sleep 100000 & wait'
    case 'stubborn': return 'trap "" TERM; while :; do sleep 100000; done'
    case 'exit': return \`exit \${program.code}\`
    case 'print': return program.lines.map(({ stream, line }) => \`echo '\${line}'\${stream === 'stderr' ? ' >&2' : ''}\`).join('; ')
    case 'environment': return \`printf '%s\\\\n' "$\${program.name}"\`
  }
}

/** Where a case finds the adapter: opened, with nothing in its scope. What it started has to be gone afterwards. */
export const bed: Provide<ContainerRuntimeSubject> = async () => {
  const instance = (node: string) => ${factory}()({ clock: systemClock, random: systemRandom, logger: silentLogger, scope: { cluster: 'suite', node } })
  const [runtime, neighbour] = [instance('one'), instance('two')]
  const { signal } = new AbortController()
  await Promise.all([runtime.open(signal), neighbour.open(signal)])
  return {
    subject: {
      runtime, neighbour, image: 'suite', command,
      restarted: () => instance('one'),
      elapse: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
    },
    dispose: async () => { await Promise.all([runtime.close(), neighbour.close()]) },
  }
}
`,
}
