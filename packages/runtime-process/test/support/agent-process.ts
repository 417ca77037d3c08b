import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'tsup'

const packages = fileURLToPath(new URL('../../..', import.meta.url))

/** Bundles the agent program into a folder; the path of what plain Node can run. */
export async function builtAgent(folder: string): Promise<string> {
  await build({
    config: false, entry: { agent: fileURLToPath(new URL('./agent.ts', import.meta.url)) },
    outDir: folder, outExtension: () => ({ js: '.mjs' }), format: ['esm'], target: 'node20', silent: true, noExternal: [/^@piccolo\//],
    esbuildOptions(options) {
      options.alias = {
        '@piccolo/core/spi': `${packages}/core/src/spi/index.ts`,
        '@piccolo/core/system': `${packages}/core/src/system/index.ts`,
        '@piccolo/runtime-process': `${packages}/runtime-process/src/index.ts`,
      }
    },
  })
  return join(folder, 'agent.mjs')
}

/** Runs the agent over this directory until it has started a container with this script. */
export async function startAgent(program: string, directory: string, text: string): Promise<{ readonly id: string; readonly agent: ChildProcess }> {
  const agent = spawn(process.execPath, [program, directory, text], { stdio: ['ignore', 'pipe', 'inherit'] })
  const [chunk] = (await once(agent.stdout, 'data')) as [Buffer]
  return { id: chunk.toString().trim(), agent }
}

export async function killAgent(agent: ChildProcess): Promise<void> {
  agent.kill('SIGKILL')
  if (agent.exitCode === null && agent.signalCode === null) await once(agent, 'exit')
}
