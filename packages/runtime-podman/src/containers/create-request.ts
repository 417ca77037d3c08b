import type { ContainerSpec, PodSpec, PortMapping, RuntimeScope } from '@piccolo/core/spi'
import { labelKeys, scopeLabels } from '../labels.js'

const cpuPeriodUs = 100_000

/** Podman's `SpecGenerator` for a container. Undefined members stay out of the JSON. */
export function containerRequest(spec: ContainerSpec, scope: RuntimeScope, { logSizeBytes }: { readonly logSizeBytes: number }): object {
  const { security, limits } = spec
  return {
    name: spec.name,
    image: spec.image,
    entrypoint: spec.command,
    command: spec.args,
    env: Object.fromEntries(spec.env.map(({ name, value }) => [name, value])),
    labels: {
      ...spec.annotations,
      ...spec.labels,
      ...scopeLabels(scope),
      [labelKeys.workload]: spec.workload, [labelKeys.container]: spec.container, [labelKeys.spec]: spec.specDigest,
    },
    annotations: spec.annotations,
    mounts: spec.mounts.map(({ source, target, readOnly }) => ({
      type: 'bind', source, destination: target, options: ['rbind', readOnly ? 'ro' : 'rw'],
    })),
    ...network(spec),
    ipcns: spec.hostIpc ? { nsmode: 'host' } : undefined,
    user: user(security.runAsUser, security.runAsGroup),
    cap_add: security.addCapabilities,
    cap_drop: security.dropCapabilities,
    privileged: security.privileged,
    read_only_filesystem: security.readOnlyRootFilesystem,
    no_new_privileges: security.noNewPrivileges,
    resource_limits: resourceLimits(limits),
    work_dir: spec.workingDir,
    stdin: spec.stdin,
    terminal: spec.tty,
    // Restarts and probes are the agent's; Podman's own would act behind its back.
    restart_policy: 'no',
    healthconfig: { Test: ['NONE'] },
    log_configuration: { driver: 'k8s-file', size: logSizeBytes },
  }
}

/** Podman's `PodSpecGenerator`. */
export function podRequest(spec: PodSpec, scope: RuntimeScope): object {
  return {
    name: spec.name,
    labels: { ...scopeLabels(scope), [labelKeys.workload]: spec.workload, [labelKeys.spec]: spec.specDigest },
    hostname: spec.network === 'host' ? undefined : spec.hostname,
    netns: spec.network === 'host' ? { nsmode: 'host' } : undefined,
    portmappings: spec.network === 'host' ? undefined : portMappings(spec.ports),
  }
}

/** A container of a pod has the pod's network, ports and host name. */
function network(spec: ContainerSpec): object {
  if (spec.podId !== undefined) return { pod: spec.podId }
  if (spec.network === 'host') return { netns: { nsmode: 'host' }, hostname: spec.hostname }
  return { hostname: spec.hostname, portmappings: portMappings(spec.ports) }
}

function portMappings(ports: readonly PortMapping[]): readonly object[] {
  return ports.flatMap(({ containerPort, hostPort, hostIp, protocol }) =>
    hostPort === undefined ? [] : [{ container_port: containerPort, host_port: hostPort, host_ip: hostIp, protocol }])
}

/** `uid[:gid]`; a group alone needs the user spelt out. */
function user(uid: number | undefined, gid: number | undefined): string | undefined {
  if (gid !== undefined) return `${uid ?? 0}:${gid}`
  return uid === undefined ? undefined : String(uid)
}

function resourceLimits({ cpuCores, memoryBytes }: ContainerSpec['limits']): object | undefined {
  if (cpuCores === undefined && memoryBytes === undefined) return undefined
  return {
    cpu: cpuCores === undefined ? undefined : { period: cpuPeriodUs, quota: Math.max(1_000, Math.round(cpuCores * cpuPeriodUs)) },
    memory: memoryBytes === undefined ? undefined : { limit: Math.round(memoryBytes) },
  }
}
