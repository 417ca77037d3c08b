import { randomBytes } from 'node:crypto'
import type { ContainerRuntime, ContainerSpec } from '@piccolo/core/spi'

/** What a container of the suite does. The harness turns it into a command its runtime can run. */
export type Program =
  /** Runs until asked to end, and ends then well within a second. */
  | { readonly kind: 'forever' }
  /** Runs for ever and takes no notice of being asked to end; only a kill ends it. */
  | { readonly kind: 'stubborn' }
  /** Ends at once with this code. */
  | { readonly kind: 'exit'; readonly code: number }
  /** Prints these lines in order, then ends with code 0. */
  | { readonly kind: 'print'; readonly lines: readonly { readonly stream: 'stdout' | 'stderr'; readonly line: string }[] }

/** What the suite needs of the adapter under test; a fresh one for every case, and nothing left behind by the one before. */
export interface ContainerRuntimeSubject {
  /** Opened, with nothing in its scope. */
  readonly runtime: ContainerRuntime
  /** Another instance for the same scope over the same engine, not opened: what an agent has after its own restart. */
  restarted(): ContainerRuntime
  /** Opened, over the same engine, for another node; absent if an engine can hold one scope only. */
  readonly neighbour?: ContainerRuntime
  /** Image that the programs run in; any text for a runtime without images. */
  readonly image: string
  /** An archive that `images.load` can read, and a name it brings; for runtimes with images. */
  readonly archive?: { readonly path: string; readonly name: string }
  command(program: Program): Required<Pick<ContainerSpec, 'command' | 'args'>>
  /** Lets this much of the runtime's time pass: a sleep for a real one, the manual clock's advance for a twin. */
  elapse(ms: number): Promise<void>
  /** How long the suite waits for anything before it calls the claim broken; 10 000 unless given. */
  readonly deadlineMs?: number
}

/** A complete spec; the name is a new one each time unless given. */
export function makeSpec(subject: ContainerRuntimeSubject, program: Program, overrides: Partial<ContainerSpec> = {}): ContainerSpec {
  const suffix = randomBytes(4).toString('hex')
  const workload = overrides.workload ?? `suite-${suffix}`
  const container = overrides.container ?? 'main'
  return {
    name: `${workload}_${container}`, workload, container, specDigest: `digest-${suffix}`, image: subject.image,
    ...subject.command(program),
    env: [], ports: [], mounts: [], limits: {}, security: {}, network: 'host', hostIpc: false, annotations: {},
    ...overrides,
  }
}
