import type { PodmanKit } from '../../../src/demo/runtime-kit.js'

/** A container as Podman itself shows it. */
export interface SeenContainer {
  readonly id: string
  readonly state: string
}

/** What stands behind a node's name: a Podman of its own, seen as a person at the node sees it. */
export interface TestNode {
  readonly name: string
  readonly kit: PodmanKit
  podman(...given: readonly string[]): Promise<string>
  /** By name; infra containers of pods are left out. */
  containers(): Promise<ReadonlyMap<string, SeenContainer>>
  /** Id of a container that is there. */
  idOf(container: string): Promise<string>
  /** By name: pods and their ids. */
  pods(): Promise<ReadonlyMap<string, string>>
  /** `podman inspect` of a container. */
  inspect(container: string): Promise<Inspected>
}

/** As much of Podman's own account as the tests look at. */
export interface Inspected {
  readonly Id: string
  readonly Pod: string
  readonly Config: {
    readonly Labels: Readonly<Record<string, string>>
    readonly Annotations: Readonly<Record<string, string>>
    readonly Env: readonly string[]
    readonly User: string
    readonly WorkingDir: string
  }
  readonly State: { readonly Status: string; readonly Pid: number; readonly StartedAt: string; readonly ExitCode: number }
  readonly Mounts: readonly { readonly Source: string; readonly Destination: string; readonly RW: boolean }[]
  readonly HostConfig: {
    readonly NetworkMode: string
    readonly Memory: number
    readonly CpuQuota: number
    readonly CpuPeriod: number
    readonly ReadonlyRootfs: boolean
    readonly CapAdd: readonly string[]
    readonly CapDrop: readonly string[]
  }
}

interface ContainerRow {
  readonly Id: string
  readonly Names: readonly string[]
  readonly State: string
  readonly IsInfra: boolean
}

interface PodRow {
  readonly Id: string
  readonly Name: string
}

export function testNode(name: string, kit: PodmanKit): TestNode {
  const containers = async (): Promise<ReadonlyMap<string, SeenContainer>> => {
    const rows = JSON.parse(await kit.podman('ps', '--all', '--format', 'json')) as readonly ContainerRow[]
    return new Map(rows.filter(({ IsInfra }) => !IsInfra).map(({ Id, Names, State }) => [Names[0] ?? Id, { id: Id, state: State }] as const))
  }
  return {
    name,
    kit,
    podman: kit.podman,
    containers,
    async idOf(container) {
      const found = (await containers()).get(container)
      if (found === undefined) throw new Error(`There is no container ${container} on ${name}.`)
      return found.id
    },
    async pods() {
      const rows = JSON.parse(await kit.podman('pod', 'ps', '--format', 'json')) as readonly PodRow[]
      return new Map(rows.map(({ Id, Name }) => [Name, Id] as const))
    },
    async inspect(container) {
      const [found] = JSON.parse(await kit.podman('inspect', '--type', 'container', container)) as readonly Inspected[] // Podman's own form
      if (found === undefined) throw new Error(`There is no container ${container} on ${name}.`)
      return found
    },
  }
}
