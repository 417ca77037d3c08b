import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { symlink } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'tsup'

const packages = fileURLToPath(new URL('../../..', import.meta.url))

/** Bundles the writer into a folder from which plain Node can run it; the path of the program. */
export async function builtWriter(directory: string): Promise<string> {
  await symlink(join(packages, '../node_modules'), join(directory, 'node_modules'))
  await build({
    config: false,
    entry: { writer: fileURLToPath(new URL('./writer.ts', import.meta.url)) },
    outDir: directory,
    outExtension: () => ({ js: '.mjs' }),
    format: ['esm'],
    target: 'node20',
    silent: true,
    noExternal: [/^@piccolo\//],
    external: ['classic-level'],
    esbuildOptions(options) {
      options.alias = {
        '@piccolo/core/spi': `${packages}/core/src/spi/index.ts`,
        '@piccolo/store-embedded': `${packages}/store-embedded/src/index.ts`,
        '@piccolo/testing': `${packages}/testing/src/index.ts`,
      }
    },
  })
  return join(directory, 'writer.mjs')
}

/** A running writer, and what it has acknowledged so far. */
export class WriterProcess {
  readonly #child: ChildProcess
  #output = ''
  #errors = ''

  constructor(program: string, args: readonly string[]) {
    this.#child = spawn(process.execPath, [program, ...args], { stdio: ['ignore', 'pipe', 'pipe'] })
    this.#child.stdout?.on('data', (chunk: Buffer) => (this.#output += chunk.toString()))
    this.#child.stderr?.on('data', (chunk: Buffer) => (this.#errors += chunk.toString()))
  }

  /** Name and revision of every commit it was told is done. A line cut off by its death was not. */
  get acknowledged(): readonly (readonly [name: string, revision: bigint])[] {
    return this.#output.split('\n').slice(0, -1).map((line) => {
      const [name = '', revision = '0'] = line.split(' ')
      return [name, BigInt(revision)] as const
    })
  }

  /** Resolves once it has acknowledged something. */
  async writes(): Promise<void> {
    while (this.acknowledged.length === 0) {
      if (this.#child.exitCode !== null) throw new Error(`the writer ended by itself: ${this.#errors}`)
      await new Promise((resolve) => setTimeout(resolve, 5))
    }
  }

  async kill(): Promise<void> {
    const closed = once(this.#child, 'close')
    this.#child.kill('SIGKILL')
    await closed
  }
}
