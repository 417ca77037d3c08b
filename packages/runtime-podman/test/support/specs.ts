import type { ContainerSpec, ContainerState } from '@piccolo/core/spi'

/** A spec in which only what matters to a test is said. */
export function containerSpec(overrides: Partial<ContainerSpec> = {}): ContainerSpec {
  return {
    name: 'web_main', workload: 'web', container: 'main', specDigest: 'digest', image: 'localhost/piccolo/test:1',
    env: [], ports: [], mounts: [], limits: {}, security: {}, network: 'host', hostIpc: false, annotations: {}, ...overrides,
  }
}

export function containerState(id: string, overrides: Partial<ContainerState> = {}): ContainerState {
  return { id, name: `${id}_main`, workload: id, container: 'main', specDigest: 'digest', phase: 'running', pid: 1, startedAtMs: 1, ...overrides }
}
