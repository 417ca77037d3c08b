import { execFile } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { localEtcd, type LocalEtcd, type LocalEtcdOptions } from '@piccolo/store-etcd'

const run = promisify(execFile)

/** An etcd that a test may do anything to. */
export interface TestEtcd {
  readonly endpoint: string
  readonly directory: string
  readonly process: LocalEtcd
  /** `etcdctl`, as a person at the machine would use it. */
  ctl(...args: readonly string[]): Promise<string>
  /** kill -9. */
  kill(): Promise<void>
  /** Starts again what was killed, over the same data at the same address. */
  start(options?: Partial<LocalEtcdOptions>): Promise<void>
  dispose(): Promise<void>
}

/** What etcdctl needs to get in. */
export type CtlArguments = readonly string[]

/** Starts one in a directory of its own. */
export async function testEtcd(options: Partial<LocalEtcdOptions> = {}, ctlArguments: CtlArguments = []): Promise<TestEtcd> {
  const directory = options.directory ?? (await mkdtemp(join(tmpdir(), 'piccolo-etcd-')))
  let local = await localEtcd({ ...options, directory })
  return {
    endpoint: local.endpoint,
    directory,
    get process() {
      return local
    },
    async ctl(...args) {
      const { stdout } = await run('etcdctl', [`--endpoints=${local.endpoint}`, ...ctlArguments, ...args], { env: { ...process.env, ETCDCTL_API: '3' }, timeout: 30_000 })
      return stdout
    },
    kill: () => local.kill(),
    async start(changed = {}) {
      local = await localEtcd({ ...options, ...changed, directory, ports: local.ports })
    },
    async dispose() {
      local.signal('SIGCONT')
      await local.kill()
      await rm(directory, { recursive: true, force: true })
    },
  }
}
