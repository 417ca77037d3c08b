import type { ReplicaItem } from '../../link/index.js'
import type { ContainerContent, WorkloadContent } from '../../protocol/index.js'

/** A version of a workload: its content and where it comes from. */
export interface WorkloadVersion {
  readonly content: WorkloadContent
  readonly digest: string
  readonly epoch: bigint
}

/** What a node is to run of one workload. */
export interface Assignment {
  readonly key: string
  readonly wanted: WorkloadVersion
  /** The version that last proved good here, while the wanted one has not. */
  readonly effective?: WorkloadVersion
}

const prefix = 'workload/'

export function isWorkloadKey(key: string): boolean {
  return key.startsWith(prefix)
}

export function workloadKey(name: string): string {
  return `${prefix}${name}`
}

/** Reads a held workload; undefined when its content is not one this version understands. */
export function readAssignment({ key, digest, epoch, content, effective }: ReplicaItem): Assignment | undefined {
  const wanted = readContent(content, key)
  if (wanted === undefined) return undefined
  const good = effective && readContent(effective.content, key)
  return {
    key,
    wanted: { content: wanted, digest, epoch },
    ...(effective === undefined || good === undefined ? {} : { effective: { content: good, digest: effective.digest, epoch } }),
  }
}

/** The digest vouches for the content; this only tells a workload from what a later master may send. */
function readContent(bytes: Uint8Array, key: string): WorkloadContent | undefined {
  try {
    const content = JSON.parse(new TextDecoder().decode(bytes)) as Partial<WorkloadContent> | null
    if (content?.kind !== 'workload' || content.name === undefined || workloadKey(content.name) !== key) return undefined
    if (!Array.isArray(content.containers) || !content.containers.every(isContainer) || content.containers.length === 0) return undefined
    return { ...defaults, ...content } as WorkloadContent
  } catch {
    return undefined
  }
}

/** What content of an older master may lack. */
const defaults = { restartPolicy: 'Always', terminationGraceMs: 10_000, network: 'private', hostIpc: false, initContainers: [], annotations: {} }

function isContainer(value: Partial<ContainerContent> | null): boolean {
  return typeof value?.name === 'string' && typeof value.image === 'string' && Array.isArray(value.env) && Array.isArray(value.ports)
    && Array.isArray(value.mounts)
}
