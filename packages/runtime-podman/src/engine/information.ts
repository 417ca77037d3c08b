import type { PodmanApi } from './podman-api.js'
import { asObject, asText } from '../json.js'

/** What the runtime needs to know of the engine. */
export interface EngineInformation {
  readonly version: string
  readonly cgroupVersion?: 1 | 2
  readonly rootless: boolean
  readonly eventLogger: string
  readonly ociRuntime: string
}

export async function readInformation(api: PodmanApi, signal: AbortSignal): Promise<EngineInformation> {
  const { body } = await api.call({ method: 'GET', path: '/info', doing: 'Asking Podman about itself', signal })
  return engineInformation(body)
}

export function engineInformation(body: unknown): EngineInformation {
  const host = asObject(asObject(body)['host'])
  const cgroups = asText(host['cgroupVersion'])
  return {
    version: asText(asObject(asObject(body)['version'])['Version']) ?? 'unknown',
    ...(cgroups === 'v1' ? { cgroupVersion: 1 as const } : cgroups === 'v2' ? { cgroupVersion: 2 as const } : {}),
    rootless: asObject(host['security'])['rootless'] === true,
    eventLogger: asText(host['eventLogger']) ?? '',
    ociRuntime: asText(asObject(host['ociRuntime'])['name']) ?? '',
  }
}
