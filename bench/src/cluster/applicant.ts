import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { x509Credentials } from '@piccolo/auth-x509/agent'
import { PiccoloError, type AdapterContext, type AgentChannel, type AgentMessage, type NodeCredentials, type SystemFacts, type Transport } from '@piccolo/core/spi'
import { systemClock, systemDisk, systemRandom } from '@piccolo/core/system'
import { grpcTransport } from '@piccolo/transport-grpc'

const silent = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined }
export const context: AdapterContext = { clock: systemClock, random: systemRandom, logger: silent }

const versions = { min: 1, max: 1 }

/** As much of an agent as joining takes: its key is made already. */
export interface Applicant {
  /** Joins, as patiently as an agent: what may succeed later is tried again. */
  enrol(signal: AbortSignal): Promise<void>
  /** A session from here on; needs to have joined. */
  connect(signal: AbortSignal): Promise<AgentChannel>
  close(): Promise<void>
}

export interface ApplicantOptions {
  readonly name: string
  readonly token: string
  readonly master: string
  readonly directory: string
}

export async function applicant({ name, token, master, directory }: ApplicantOptions, signal: AbortSignal): Promise<Applicant> {
  const credentials = x509Credentials({ token, directory: join(directory, name) })({ ...context, disk: systemDisk(directory) })
  await credentials.open(signal)
  const transport = grpcTransport()(context)
  return {
    async enrol(limit) {
      for (let attempt = 0; ; attempt += 1) {
        try {
          await enrolOnce({ name, master, credentials, transport }, limit); return;
        } catch (error) {
          if (!PiccoloError.from(error).retryable) throw error
          await pause(200 + 100 * Math.min(attempt, 20), undefined, { signal: limit })
        }
      }
    },
    connect(limit) {
      const { enrolled } = credentials
      if (enrolled === undefined) throw new Error(`${name} has not joined.`)
      return transport.connect(master, { identity: enrolled.tls, verifyServer: credentials.verifyServer(() => Date.now()) }, limit)
    },
    async close() {
      await transport.close()
      await credentials.close()
    },
  }
}

interface Attempt {
  readonly name: string
  readonly master: string
  readonly credentials: NodeCredentials
  readonly transport: Transport
}

async function enrolOnce({ name, master, credentials, transport }: Attempt, signal: AbortSignal): Promise<void> {
  const { token, csr, verifyServer } = await credentials.enrolment(signal)
  const issued = await transport.enroll(master, { versions, token, csr, wantedNodeId: name, facts: factsOf(name) }, { verifyServer }, signal).catch((error: unknown) => {
    // Its answer was lost.
    if (!PiccoloError.is(error, 'conflict')) throw error
    return transport.renew(master, { versions, csr }, { verifyServer }, signal)
  })
  await credentials.accept(issued, signal)
}

export function helloOf(name: string): AgentMessage {
  return {
    type: 'hello', versions, agentVersion: '0.1.0', nodeId: name, bootId: name, stateEpoch: name, highestRevision: 0n, highestTerm: 0n,
    journal: { next: { incarnation: 1, seq: 1 }, lastSeqs: [] }, fencing: 'none', capabilities: [], facts: factsOf(name),
  }
}

function factsOf(hostname: string): SystemFacts {
  return { hostname, architecture: 'x64', os: 'linux', kernel: '6', cpuCores: 2, memoryBytes: 1e9, diskBytes: 1e10, runtime: 'none', cgroupVersion: 2, bootId: hostname }
}
