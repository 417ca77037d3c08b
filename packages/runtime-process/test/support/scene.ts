import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { ContainerRuntime, ContainerSpec, ContainerState, Logger } from '@piccolo/core/spi'
import { systemClock, systemRandom } from '@piccolo/core/system'
import { processRuntime, type ProcessRuntimeOptions } from '@piccolo/runtime-process'

export const never = new AbortController().signal

export interface Scene {
  readonly directory: string
  readonly warnings: readonly object[]
  runtime(options?: Partial<ProcessRuntimeOptions>, node?: string): ContainerRuntime
  /** Opened; closed and emptied at the end. */
  opened(options?: Partial<ProcessRuntimeOptions>, node?: string): Promise<ContainerRuntime>
  dispose(): Promise<void>
}

/** A directory of its own, and runtimes over it. */
export function scene(): Scene {
  const directory = mkdtempSync(join(tmpdir(), 'piccolo-process-'))
  const open: ContainerRuntime[] = []
  const warnings: object[] = []
  const none = (): void => undefined
  const logger: Logger = { debug: none, info: none, warn: (fields) => warnings.push(fields), error: none }
  const runtime: Scene['runtime'] = (options = {}, node = 'one') =>
    processRuntime({ directory, ...options })({ clock: systemClock, random: systemRandom, logger, scope: { cluster: 'test', node } })
  return {
    directory, warnings, runtime,
    async opened(options, node) {
      const made = runtime(options, node)
      await made.open(never)
      open.push(made)
      return made
    },
    async dispose() {
      for (const one of open) {
        await one.open(never)
        for (const { id } of await one.list(never)) await one.remove(id, never)
        await one.close()
      }
      rmSync(directory, { recursive: true })
    },
  }
}

/** A spec that runs this shell script. */
export function script(text: string, overrides: Partial<ContainerSpec> = {}): ContainerSpec {
  const workload = overrides.workload ?? 'w'
  const container = overrides.container ?? 'main'
  return {
    name: `${workload}_${container}`, workload, container, specDigest: 'digest', image: 'ignored', command: ['sh', '-c', text],
    env: [], ports: [], mounts: [], limits: {}, security: {}, network: 'private', hostIpc: false, annotations: {},
    ...overrides,
  }
}

/** Waits for a condition; fails after five seconds. */
export async function until<Value>(what: string, look: () => Promise<Value | undefined> | Value | undefined): Promise<Value> {
  const deadlineMs = performance.now() + 5_000
  while (performance.now() < deadlineMs) {
    const found = await look()
    if (found !== undefined) return found
    await sleep(5)
  }
  throw new Error(`not within 5 s: ${what}`)
}

export async function untilExited(runtime: ContainerRuntime, id: string): Promise<ContainerState> {
  return await until(`${id} exited`, async () => {
    const state = await runtime.inspect(id, never)
    return state?.phase === 'exited' ? state : undefined
  })
}

export async function linesOf(runtime: ContainerRuntime, id: string, tail?: number): Promise<readonly string[]> {
  const lines: string[] = []
  const options = { follow: false, ...(tail !== undefined && { tail }) }
  for await (const { stream, line } of runtime.logs?.read(id, options, never) ?? []) lines.push(`${stream === 'stderr' ? '! ' : ''}${line}`)
  return lines
}
