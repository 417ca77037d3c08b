import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import type { ContainerRuntime, ContainerSpec } from '@piccolo/core/spi'
import type { Patience } from '../kit/within.js'
import type { Given } from '../suite.js'

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
  /** Prints the value of this variable of its environment as a line, then ends with code 0. */
  | { readonly kind: 'environment'; readonly name: string }

/** What the suite needs of the adapter under test; a fresh one for every case, and nothing left behind by the one before. */
export interface ContainerRuntimeSubject extends Patience {
  /** Opened, with nothing in its scope. */
  readonly runtime: ContainerRuntime
  /** Another instance for the same scope over the same engine, not opened: what an agent has after its own restart. */
  restarted(): ContainerRuntime
  /** Opened, over the same engine, for another node; absent if an engine can hold one scope only. */
  readonly neighbour?: ContainerRuntime
  /** Image that the programs run in; any text for a runtime without images. */
  readonly image: string
  /** An archive that `images.load` can read, and a name it brings; needed by a runtime with images. */
  readonly archive?: { readonly path: string; readonly name: string }
  command(program: Program): Required<Pick<ContainerSpec, 'command' | 'args'>>
  /** Lets this much of the runtime's time pass: a sleep for a real one, the manual clock's advance for a twin. */
  elapse(ms: number): Promise<void>
  /** Takes the engine away, where a test can do that: what runs on it runs on, unseen. The returned function brings it back. */
  loseEngine?(): Promise<() => Promise<void>>
}

type Facet = 'images' | 'logs' | 'pods'

/** For claims about a facet: the adapter itself says whether it has it. */
export const offers = (facet: Facet): Given<ContainerRuntimeSubject> => ({ what: facet, holds: ({ runtime }) => runtime[facet] !== undefined })

export const hasNeighbour: Given<ContainerRuntimeSubject> = { what: 'several scopes on one engine', holds: ({ neighbour }) => neighbour !== undefined }

/** A facet that `offers` has seen. */
export function facetOf<Name extends Facet>(runtime: ContainerRuntime, name: Name): NonNullable<ContainerRuntime[Name]> {
  const facet = runtime[name]
  assert.ok(facet, `the runtime has lost its ${name}`)
  return facet
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
