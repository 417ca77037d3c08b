import { spawnSync } from 'node:child_process'
import { beforeAll, describe } from 'vitest'
import { hasMemoryGroups } from './memory-group.js'

/** What a test asks of the machine beyond Node. */
export interface Needs {
  /** A Podman that answers. */
  readonly podman?: true
  /** An etcd to start, and etcdctl. */
  readonly etcd?: true
  readonly root?: true
  /** Network namespaces: root and iproute2, on Linux. */
  readonly namespaces?: true
  /** Kernel features such as /proc and process groups with limits. */
  readonly linux?: true
  /** Memory control groups, and root to make one. */
  readonly memoryGroups?: true
}

/** What is missing here, each with its remedy; empty when the tests can run. */
export function missing(needs: Needs, machine: Machine = thisMachine): string[] {
  const found: string[] = []
  const root = needs.root ?? needs.namespaces ?? needs.memoryGroups
  if ((needs.linux ?? needs.namespaces ?? needs.memoryGroups) && machine.platform !== 'linux') found.push('Linux')
  if (root && machine.userId !== 0) found.push('root')
  if (needs.namespaces && !machine.answers('ip', ['-Version'])) found.push('ip (apt-get install iproute2)')
  if (needs.memoryGroups && !machine.memoryGroups()) found.push('memory control groups (mount cgroup v1 memory, or hand v2\'s memory controller down)')
  if (needs.podman && !machine.answers('podman', ['--version'])) found.push('podman (apt-get install podman runc conmon)')
  if (needs.etcd && !(machine.answers('etcd', ['--version']) && machine.answers('etcdctl', ['version']))) found.push('etcd (apt-get install etcd-server etcd-client)')
  return found
}

/**
 * A describe for tests that need more than Node. Where the machine lacks it, the tests are skipped and `npm test` lists
 * their scenario ids; under CI=true they fail instead, because there a skipped test is a test nobody runs.
 */
export function describeWith(needs: Needs, title: string, body: () => void): void {
  const lacks = missing(needs)
  if (lacks.length === 0) {
    describe(title, body)
  } else if (process.env['CI'] === 'true') {
    describe(title, () => {
      beforeAll(() => {
        throw new Error(`These tests need ${lacks.join(', ')}. With CI=true nothing is skipped.`)
      })
      body()
    })
  } else {
    describe.skip(`${title} (needs ${lacks.join(', ')})`, body)
  }
}

export interface Machine {
  readonly platform: string
  readonly userId: number | undefined
  answers(command: string, args: readonly string[]): boolean
  memoryGroups(): boolean
}

const thisMachine: Machine = {
  platform: process.platform,
  userId: process.getuid?.(),
  answers: (command, args) => spawnSync(command, args, { stdio: 'ignore', timeout: 20_000 }).status === 0,
  memoryGroups: hasMemoryGroups,
}
