import type { ContainerLimits, ContainerSecurity, EnvironmentVariable, Mount, PortMapping } from '../protocol/index.js'
import type { Adapter, AdapterContext } from './ambient.js'

/** Whose containers a runtime may see and touch. Everything else on the machine is invisible to it. */
export interface RuntimeScope {
  readonly cluster: string
  readonly node: string
}

export interface RuntimeContext extends AdapterContext {
  readonly scope: RuntimeScope
}

/** One container, ready to be made: everything is resolved, nothing is left to look up. */
export interface ContainerSpec {
  /** Unique within the runtime; `<workload>_<container>`. */
  readonly name: string
  readonly workload: string
  readonly container: string
  /** Digest of what this container is made from; an existing container with the same digest is adopted, another one replaced. */
  readonly specDigest: string
  /** Id from `pods.create`, for containers of a pod. */
  readonly podId?: string
  readonly image: string
  /** Replaces the image's entrypoint. */
  readonly command?: readonly string[]
  readonly args?: readonly string[]
  readonly env: readonly EnvironmentVariable[]
  readonly ports: readonly PortMapping[]
  readonly mounts: readonly Mount[]
  readonly limits: ContainerLimits
  readonly security: ContainerSecurity
  readonly workingDir?: string
  readonly stdin?: boolean
  readonly tty?: boolean
  /** `host` shares the board's network; `private` has its own (of the pod, if in one). */
  readonly network: 'host' | 'private'
  readonly hostIpc: boolean
  readonly hostname?: string
  /** For programs that look at containers by them, as labels too where the engine has no annotations of its own. */
  readonly annotations: Readonly<Record<string, string>>
  /** Further labels; the runtime adds its own for scope, workload, container and digest, and those win. Default: none. */
  readonly labels?: Readonly<Record<string, string>>
}

export type ContainerPhase = 'created' | 'running' | 'paused' | 'exited'

/** What the runtime knows of one container of its scope. */
export interface ContainerState {
  readonly id: string
  readonly name: string
  readonly workload: string
  readonly container: string
  readonly specDigest: string
  readonly podId?: string
  readonly phase: ContainerPhase
  /** With phase `exited`: 0–255; a signal's number + 128. Absent then: it is gone without a trace, and has to be removed and made anew to run again. */
  readonly exitCode?: number
  readonly oomKilled?: boolean
  /** Wall clock, milliseconds since 1970. */
  readonly startedAtMs?: number
  readonly exitedAtMs?: number
  readonly pid?: number
}

export type RuntimeEvent =
  /** Forget what you know: this is everything in scope. First event of every watch, and again after a loss. */
  | { readonly type: 'resync'; readonly containers: readonly ContainerState[] }
  /** A container came to be or changed. */
  | { readonly type: 'changed'; readonly container: ContainerState }
  | { readonly type: 'removed'; readonly id: string; readonly workload: string; readonly container: string }
  /** Images came to this machine, whoever brought them. From runtimes with images; told too often rather than too seldom. */
  | { readonly type: 'images' }

/** Whether the machine can run containers now. */
export interface RuntimeHealth {
  readonly ready: boolean
  /** e.g. `podman 4.3.1`. */
  readonly version?: string
  /** Why not, or what is weaker than it should be; each says what to do. */
  readonly reasons: readonly string[]
  readonly cgroupVersion?: 1 | 2
  readonly rootless?: boolean
}

export interface ImagesFacet {
  has(image: string, signal: AbortSignal): Promise<boolean>
  /** Throws `unavailable` (try again) or `not-found` (the name is wrong), with the registry's reason. */
  pull(image: string, signal: AbortSignal): Promise<void>
  /** Loads an OCI or docker archive file; answers the names it brought. */
  load(archivePath: string, signal: AbortSignal): Promise<readonly string[]>
}

export interface LogLine {
  readonly stream: 'stdout' | 'stderr'
  readonly line: string
  /** Wall clock, milliseconds since 1970, if the runtime keeps it. */
  readonly atMs?: number
  /**
   * Where it stands, from runtimes that keep no times: `at` grows from line to line of a stream and is the same at every reading;
   * `log` tells this log from that of a container made anew under the same name.
   */
  readonly position?: { readonly log: string; readonly at: number }
}

export interface LogsFacet {
  /** Lines in order, oldest first; with `follow` until the container ends or the signal aborts. `not-found` for a container that is not there. */
  read(id: string, options: { readonly follow: boolean; readonly tail?: number }, signal: AbortSignal): AsyncIterable<LogLine>
}

export interface PodSpec {
  /** Unique within the runtime; the workload's name. */
  readonly name: string
  readonly workload: string
  readonly specDigest: string
  readonly network: 'host' | 'private'
  readonly hostIpc: boolean
  readonly hostname?: string
  /** Ports are the pod's: its containers share one network. */
  readonly ports: readonly PortMapping[]
}

export interface PodState {
  readonly id: string
  readonly workload: string
  readonly specDigest: string
}

/** Containers that share a network namespace. A runtime without this facet runs a pod's containers side by side. */
export interface PodsFacet {
  create(spec: PodSpec, signal: AbortSignal): Promise<string>
  list(signal: AbortSignal): Promise<readonly PodState[]>
  /** With its containers; an absent pod is not an error. */
  remove(id: string, signal: AbortSignal): Promise<void>
}

export interface RuntimeCapabilities {
  /** `podman`, `process`, … shown by describe node. */
  readonly name: string
  /** Whether ContainerLimits are enforced. */
  readonly limits: { readonly cpu: boolean; readonly memory: boolean }
  /** Whether a container has a network of its own, so that ports can be mapped. */
  readonly privateNetwork: boolean
}

/**
 * Containers of one scope. Methods are single attempts; restarting, backing off and retrying are core's. Containers outlive
 * this process: nothing is stopped by `close`.
 */
export interface ContainerRuntime {
  readonly capabilities: RuntimeCapabilities
  readonly images?: ImagesFacet
  readonly logs?: LogsFacet
  readonly pods?: PodsFacet
  /**
   * Finds the engine and readies what `watch` needs. `unavailable` when there is none; the message says what to install. Calls on a
   * runtime that is not open are `failed-precondition`. Opening an open one is no error, and a closed one can be opened again; an
   * aborted open leaves nothing open.
   */
  open(signal: AbortSignal): Promise<void>
  /** Ends watches; idempotent. */
  close(): Promise<void>
  /** Looks anew; an engine that is away is an answer, not an error. */
  health(signal: AbortSignal): Promise<RuntimeHealth>
  /** Makes a container, not yet running; answers its id. `already-exists` (details.id when it is ours), `not-found` for a missing image, `unsupported` for what this machine can't give. */
  create(spec: ContainerSpec, signal: AbortSignal): Promise<string>
  /** Starts a created or exited container; a running one is left alone. */
  start(id: string, signal: AbortSignal): Promise<void>
  /**
   * Asks the container to end, kills it after `graceMs`; resolves when it has ended. An ended or absent one is not an error. Aborted
   * while it waits, it rejects at once; whether the container is still killed is not known.
   */
  stop(id: string, options: { readonly graceMs: number }, signal: AbortSignal): Promise<void>
  /** SIGKILL; an ended or absent container is not an error. */
  kill(id: string, signal: AbortSignal): Promise<void>
  /** Removes the container, killing it first if it runs; an absent one is not an error. */
  remove(id: string, signal: AbortSignal): Promise<void>
  list(signal: AbortSignal): Promise<readonly ContainerState[]>
  inspect(id: string, signal: AbortSignal): Promise<ContainerState | undefined>
  /** Begins with a resync. Pushes; costs nothing while nothing happens. Throws `unavailable` when it can't go on. */
  watch(signal: AbortSignal): AsyncIterable<RuntimeEvent>
}

export type ContainerRuntimeAdapter = Adapter<ContainerRuntime, RuntimeContext>
