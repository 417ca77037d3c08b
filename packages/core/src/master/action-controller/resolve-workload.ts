import type { ContainerContent, WorkloadContent } from '../../protocol/index.js'
import { parseCpuCores, parseMemoryBytes, type Container, type Model, type Package, type Pod, type Volume } from '../../model/index.js'

export interface WorkloadSources {
  readonly package: Package
  readonly model: Model
  /** The Volume that the Package names for this model; its volumes take the place of the Model's. */
  readonly volume?: Volume
  readonly scenario?: string
}

/** What a node needs to run one Model of a Package: references resolved, defaults (Kubernetes') filled in. */
export function resolveWorkload({ package: owner, model, volume, scenario }: WorkloadSources): WorkloadContent {
  const pod = model.spec
  const volumes = new Map((volume?.spec.volumes ?? pod.volumes ?? []).map(({ name, hostPath }) => [name, hostPath.path]))
  const container = (spec: Container): ContainerContent => resolveContainer(spec, pod, volumes)
  return {
    kind: 'workload',
    name: model.metadata.name,
    package: owner.metadata.name,
    model: model.metadata.name,
    ...(scenario !== undefined && { scenario }),
    restartPolicy: pod.restartPolicy ?? 'Always',
    terminationGraceMs: Math.round((pod.terminationGracePeriodSeconds ?? 30) * 1000),
    network: pod.hostNetwork === true ? 'host' : 'private',
    hostIpc: pod.hostIPC === true,
    ...(pod.hostname != null && { hostname: pod.hostname }),
    initContainers: (pod.initContainers ?? []).map(container),
    containers: pod.containers.map(container),
    annotations: {
      ...model.metadata.annotations,
      ...(scenario !== undefined && { 'io.pullpiri.annotations.scenario': scenario }),
      'io.pullpiri.annotations.package': owner.metadata.name,
      ...(owner.spec.policy != null && { 'io.pullpiri.annotations.policy': owner.spec.policy }),
      'io.pullpiri.annotations.model': model.metadata.name,
    },
    ...(Object.keys(model.metadata.labels ?? {}).length > 0 && { labels: { ...model.metadata.labels } }),
  }
}

function resolveContainer(spec: Container, pod: Pod, volumes: ReadonlyMap<string, string>): ContainerContent {
  const limits = spec.resources?.limits
  const cpuCores = limits?.cpu == null ? undefined : parseCpuCores(limits.cpu)
  const memoryBytes = limits?.memory == null ? undefined : parseMemoryBytes(limits.memory)
  return {
    name: spec.name,
    image: spec.image,
    imagePullPolicy: spec.imagePullPolicy ?? 'IfNotPresent',
    ...(spec.command != null && { command: spec.command }),
    ...(spec.args != null && { args: spec.args }),
    env: (spec.env ?? []).map(({ name, value }) => ({ name, value: value ?? '' })),
    ports: (spec.ports ?? []).map(({ containerPort, hostPort, hostIP, protocol }) => ({
      containerPort,
      ...(hostPort != null && { hostPort }),
      ...(hostIP != null && { hostIp: hostIP }),
      protocol: protocol === 'UDP' ? ('udp' as const) : ('tcp' as const),
    })),
    mounts: (spec.volumeMounts ?? []).flatMap(({ name, mountPath, readOnly }) => {
      const source = volumes.get(name)
      return source === undefined ? [] : [{ source, target: mountPath, readOnly: readOnly === true }]
    }),
    limits: { ...(cpuCores !== undefined && { cpuCores }), ...(memoryBytes !== undefined && { memoryBytes }) },
    security: resolveSecurity(spec, pod),
    ...(spec.workingDir != null && { workingDir: spec.workingDir }),
    ...(spec.stdin != null && { stdin: spec.stdin }),
    ...(spec.tty != null && { tty: spec.tty }),
  }
}

/** The container's own settings win over the pod's. */
function resolveSecurity(spec: Container, pod: Pod): ContainerContent['security'] {
  const own = spec.securityContext
  const runAsUser = own?.runAsUser ?? pod.securityContext?.runAsUser
  const runAsGroup = own?.runAsGroup ?? pod.securityContext?.runAsGroup
  return {
    ...(own?.privileged != null && { privileged: own.privileged }),
    ...(runAsUser != null && { runAsUser }),
    ...(runAsGroup != null && { runAsGroup }),
    ...(own?.readOnlyRootFilesystem != null && { readOnlyRootFilesystem: own.readOnlyRootFilesystem }),
    ...(own?.allowPrivilegeEscalation != null && { noNewPrivileges: !own.allowPrivilegeEscalation }),
    ...(own?.capabilities?.add != null && { addCapabilities: own.capabilities.add }),
    ...(own?.capabilities?.drop != null && { dropCapabilities: own.capabilities.drop }),
  }
}
