/** What a node says of itself in hello; shown by `describe node`. */
export interface SystemFacts {
  readonly hostname: string
  /** Node's name for it: `x64`, `arm64`, `arm`. */
  readonly architecture: string
  readonly os: string
  readonly kernel: string
  readonly cpuCores: number
  readonly memoryBytes: number
  readonly diskBytes: number
  /** e.g. `podman 4.3.1`; `none` when there is none. */
  readonly runtime: string
  readonly cgroupVersion: number
  /** Changes with every boot. */
  readonly bootId: string
}
