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
  readonly env: readonly { readonly name: string; readonly value: string }[]
  readonly ports: readonly { readonly containerPort: number; readonly hostPort?: number; readonly hostIp?: string; readonly protocol: 'tcp' | 'udp' }[]
  readonly mounts: readonly { readonly source: string; readonly target: string; readonly readOnly: boolean }[]
  readonly limits: { readonly cpuCores?: number; readonly memoryBytes?: number }
  readonly security: {
    readonly privileged?: boolean
    readonly runAsUser?: number
    readonly runAsGroup?: number
    readonly readOnlyRootFilesystem?: boolean
    readonly addCapabilities?: readonly string[]
    readonly dropCapabilities?: readonly string[]
    readonly noNewPrivileges?: boolean
  }
  readonly workingDir?: string
  readonly stdin?: boolean
  readonly tty?: boolean
}
