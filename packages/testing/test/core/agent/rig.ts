import { createAgent, type AgentHandle, type AgentOptions } from '@piccolo/core/agent'
import type { ContainerContent, NodeCredentialsAdapter, ResourceProbe, SystemFacts, WorkloadContent } from '@piccolo/core/spi'
import { manualClock, memoryAuth, memoryCredentials, memoryDisk, memoryMachine, memoryNetwork, memoryRuntime, seededRandom, type ManualClock, type MemoryDisk, type MemoryMachine, type MemoryNetwork } from '@piccolo/testing'
import { systemDigest } from '@piccolo/core/system'
import { MasterEnd } from './master-end.js'

export const image = 'localhost/app:1'

/** A board with an agent on it, and a scripted master; time stands still until told otherwise. */
export interface Rig {
  readonly clock: ManualClock
  readonly machine: MemoryMachine
  readonly network: MemoryNetwork
  readonly master: MasterEnd
  disk: MemoryDisk
  /** Changes with `reboot`. */
  bootId: string
  /** The agent that was started last. */
  agent: AgentHandle
  start(options?: Partial<AgentOptions>): Promise<AgentHandle>
  /** What kill -9 does: the agent is gone without a word; what it began in its last moment is cut off. */
  kill(): Promise<void>
  /** Power cut and boot; the agent is not started. */
  reboot(): Promise<void>
  /** Lets everything that needs no time happen. */
  settle(): Promise<void>
  stop(): Promise<void>
}

export async function makeRig(options: { readonly listening?: boolean } = {}): Promise<Rig> {
  const clock = manualClock()
  const network = memoryNetwork()
  const master = new MasterEnd({ clock, network, auth: memoryAuth() })
  await master.open()
  if (options.listening !== false) await master.listen()
  const machine = memoryMachine({ clock, images: [image] })
  const auth = memoryCredentials({ token: () => master.token })
  const disk = memoryDisk()
  const settle = async (): Promise<void> => {
    for (let round = 0; round < 6; round += 1) await clock.settle()
  }
  const agents: AgentHandle[] = []
  const rig: Rig = {
    clock, machine, network, master, disk, settle,
    bootId: 'boot-1',
    get agent() {
      const agent = agents.at(-1)
      if (agent === undefined) throw new Error('no agent was started')
      return agent
    },
    async start(overrides = {}) {
      const agent = await createAgent({ ...base(rig, auth), ...overrides }).start()
      agents.push(agent)
      await settle()
      return agent
    },
    async kill() {
      network.cut('agent')
      network.reset('agent')
      await rig.agent.stop()
      network.heal('agent')
    },
    async reboot() {
      await rig.kill()
      rig.disk.crash()
      machine.reboot()
      rig.bootId = `${rig.bootId}+`
    },
    async stop() {
      network.heal('agent')
      await Promise.all(agents.map((agent) => agent.stop()))
      await master.close()
    },
  }
  return rig
}

function base(rig: Rig, auth: NodeCredentialsAdapter): AgentOptions {
  return {
    master: ['master:47100'],
    transport: rig.network.transport({ name: 'agent' }),
    runtime: memoryRuntime(rig.machine),
    auth,
    disk: rig.disk,
    clock: rig.clock,
    random: seededRandom(3),
    digest: systemDigest,
    profile: 'lan',
    probe: () => probeOf(rig),
  }
}

function probeOf(rig: Rig): ResourceProbe {
  const facts = (): SystemFacts => ({
    hostname: 'board', architecture: 'x64', os: 'linux', kernel: '6', cpuCores: 4, memoryBytes: 4e9, diskBytes: 3e10, runtime: 'none', cgroupVersion: 2, bootId: rig.bootId,
  })
  return {
    facts: () => Promise.resolve(facts()),
    read: () => Promise.resolve({ memoryTotalBytes: 4e9, memoryAvailableBytes: 3e9, load1: 0.1, cpuCores: 4 }),
  }
}

export function container(overrides: Partial<ContainerContent> = {}): ContainerContent {
  return { name: 'main', image, imagePullPolicy: 'IfNotPresent', env: [], ports: [], mounts: [], limits: {}, security: {}, ...overrides }
}

export function workload(name: string, overrides: Partial<WorkloadContent> = {}): WorkloadContent {
  return {
    kind: 'workload', name, package: 'pkg', model: name, restartPolicy: 'Always', terminationGraceMs: 5_000, network: 'host', hostIpc: false,
    initContainers: [], containers: [container()], annotations: {}, ...overrides,
  }
}
