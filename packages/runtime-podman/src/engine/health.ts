import type { RuntimeHealth } from '@piccolo/core/spi'
import type { EngineInformation } from './information.js'

/** The first version with the API that is spoken here. */
const oldestMajor = 4

/** What a machine's facts mean for running containers. */
export function judge(information: EngineInformation, machine: { readonly hybridCgroups: boolean; readonly quietWatch: boolean }): RuntimeHealth {
  const { version, cgroupVersion, rootless, ociRuntime } = information
  const blocking: string[] = []
  const weaker: string[] = []
  if (Number.parseInt(version, 10) < oldestMajor) blocking.push(`Podman ${version} is too old: install version ${oldestMajor} or later.`)
  if (ociRuntime === 'crun' && machine.hybridCgroups) {
    blocking.push('crun refuses the hybrid cgroup layout of this machine: install runc and set runtime = "runc" under [engine] in containers.conf.')
  }
  if (cgroupVersion === 1 && rootless) {
    weaker.push('Without root, limits on CPU and memory need cgroup v2: boot with systemd.unified_cgroup_hierarchy=1, run as root, or leave limits out.')
  }
  if (!machine.quietWatch) {
    weaker.push('Changes are followed by a `podman events` process of about 40 MB: set events_logger = "file" under [engine] in containers.conf to do without.')
  }
  return {
    ready: blocking.length === 0, version: `podman ${version}`, reasons: [...blocking, ...weaker], rootless,
    ...(cgroupVersion === undefined ? {} : { cgroupVersion }),
  }
}
