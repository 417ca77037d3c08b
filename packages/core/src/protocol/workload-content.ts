import type { ContainerLimits, ContainerSecurity, EnvironmentVariable, Mount, PortMapping } from './container-parts.js'

/**
 * The content of a `workload/<name>` assignment, as canonical JSON in UTF-8: everything the master resolved from Package, Model
 * and Volume, so that the agent looks nothing up. Absent means the default given here.
 */
export interface WorkloadContent {
  readonly kind: 'workload'
  readonly name: string
  readonly package: string
  readonly model: string
  readonly scenario?: string
  readonly restartPolicy: 'Always' | 'OnFailure' | 'Never'
  readonly terminationGraceMs: number
  readonly network: 'host' | 'private'
  readonly hostIpc: boolean
  readonly hostname?: string
  /** Run one after the other, each to exit code 0, before the containers start. */
  readonly initContainers: readonly ContainerContent[]
  /** At least one. */
  readonly containers: readonly ContainerContent[]
  readonly annotations: Readonly<Record<string, string>>
  /** The Model's. Default: none. */
  readonly labels?: Readonly<Record<string, string>>
}

export interface ContainerContent {
  readonly name: string
  readonly image: string
  readonly imagePullPolicy: 'Always' | 'IfNotPresent' | 'Never'
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
}
