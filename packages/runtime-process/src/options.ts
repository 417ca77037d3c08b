export interface ProcessRuntimeOptions {
  /** Where containers are kept: what they are made from, how they ended, what they printed. Made if need be. */
  readonly directory: string
  /** A limit that this machine can't enforce: run without it and warn (default), or refuse the container with `unsupported`. */
  readonly limits?: 'ignore-with-warning' | 'require'
  /** Most bytes kept of what one container printed; default 4 MiB. */
  readonly logBytes?: number
  /** Where control groups are mounted; `/sys/fs/cgroup` unless given. */
  readonly cgroupRoot?: string
}

export type ProcessRuntimeSettings = Required<ProcessRuntimeOptions>
