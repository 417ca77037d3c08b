export interface EnvironmentVariable {
  readonly name: string
  readonly value: string
}

export interface PortMapping {
  readonly containerPort: number
  /** Port on the board; absent = not published. */
  readonly hostPort?: number
  readonly hostIp?: string
  readonly protocol: 'tcp' | 'udp'
}

export interface Mount {
  readonly source: string
  readonly target: string
  readonly readOnly: boolean
}

export interface ContainerLimits {
  /** Hard limit in cores, e.g. 0.5. */
  readonly cpuCores?: number
  readonly memoryBytes?: number
}

export interface ContainerSecurity {
  readonly privileged?: boolean
  readonly runAsUser?: number
  readonly runAsGroup?: number
  readonly readOnlyRootFilesystem?: boolean
  readonly addCapabilities?: readonly string[]
  readonly dropCapabilities?: readonly string[]
  readonly noNewPrivileges?: boolean
}
