import type { ContainerContent, WorkloadContent } from '../../protocol/index.js'
import type { ContainerSpec, Digest, PodSpec } from '../../spi/index.js'

/** One container of a plan, ready to be made as soon as its pod is there. */
export interface PlannedContainer {
  readonly spec: ContainerSpec
  readonly pullPolicy: ContainerContent['imagePullPolicy']
  readonly role: 'init' | 'main'
}

/** What has to be in the runtime for one version of a workload. */
export interface WorkloadPlan {
  readonly content: WorkloadContent
  readonly epoch: bigint
  /** Content digest of the version. */
  readonly digest: string
  readonly pod: PodSpec | undefined
  readonly init: readonly PlannedContainer[]
  readonly main: readonly PlannedContainer[]
}

export interface PlanOptions {
  readonly digest: Digest
  /** Whether the runtime can make pods. */
  readonly pods: boolean
}

/** Marks the recipe below: a changed one would replace every container on purpose. */
const recipe = 1

/** Works out the containers of a version. A container's digest covers what it is made from only, so that the rest of a workload may change around it. */
export function planWorkload(version: Pick<WorkloadPlan, 'content' | 'epoch' | 'digest'>, options: PlanOptions): WorkloadPlan {
  const { content } = version
  const pod = options.pods && content.containers.length > 1 ? planPod(content, options.digest) : undefined
  const plan = (role: PlannedContainer['role']) => (container: ContainerContent): PlannedContainer => ({
    spec: specOf(container, version, { pod, role, digest: options.digest }),
    pullPolicy: container.imagePullPolicy,
    role,
  })
  return { ...version, pod, init: content.initContainers.map(plan('init')), main: content.containers.map(plan('main')) }
}

function planPod(content: WorkloadContent, digest: Digest): PodSpec {
  const { name, network, hostIpc, hostname } = content
  const ports = content.containers.flatMap((container) => container.ports)
  const specDigest = digest.sha256(JSON.stringify([recipe, 'pod', network, hostIpc, hostname ?? null, ports]))
  return { name, workload: name, specDigest, network, hostIpc, ports, ...(hostname === undefined ? {} : { hostname }) }
}

function specOf(
  container: ContainerContent,
  { content, epoch }: Pick<WorkloadPlan, 'content' | 'epoch'>,
  { pod, role, digest }: { readonly pod: PodSpec | undefined; readonly role: PlannedContainer['role']; readonly digest: Digest },
): ContainerSpec {
  const { name, imagePullPolicy: _, env, ports, ...made } = container
  const { network, hostIpc, hostname } = content
  const specDigest = digest.sha256(JSON.stringify([recipe, role, container, network, hostIpc, hostname ?? null, pod?.specDigest ?? null]))
  return {
    ...made,
    name: `${content.name}_${name}`,
    workload: content.name,
    container: name,
    specDigest,
    env: [...env, { name: 'PICCOLO_PLACEMENT_EPOCH', value: epoch.toString() }],
    // In a pod the ports are the pod's.
    ports: pod === undefined ? ports : [],
    network,
    hostIpc,
    ...(hostname === undefined || pod !== undefined ? {} : { hostname }),
    annotations: content.annotations,
    ...(content.labels === undefined ? {} : { labels: content.labels }),
  }
}
