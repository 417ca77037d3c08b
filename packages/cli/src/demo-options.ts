import type { CliHost } from './host.js'

/** What `piccolo demo` was asked for. */
export interface DemoOptions {
  readonly host: CliHost
  /** End once everything has been shown; otherwise stay up until `host.stop`. */
  readonly once: boolean
  /** One JSON object a line on standard output instead of tables. */
  readonly json: boolean
  /** Install what is missing without asking. */
  readonly yes: boolean
  /** Undefined: Podman where there is one, else processes. */
  readonly runtime?: 'podman' | 'process'
  /** Where the master keeps its state: in its directory, or in an etcd of the demo's own. */
  readonly store: 'embedded' | 'etcd'
}
