import type { AgentMessage, ClientTls, EnrollReply, EnrollRequest } from '@piccolo/core/spi'

export const anyServer: ClientTls = { verifyServer: () => undefined }

export const enrollRequest: EnrollRequest = {
  versions: { min: 1, max: 1 },
  token: 'pcl1.id.the-secret.pin',
  csr: Uint8Array.from([1, 2, 3]),
  facts: {
    hostname: 'edge-1', architecture: 'x64', os: 'linux', kernel: '6.1', cpuCores: 2, memoryBytes: 1, diskBytes: 2, runtime: 'none',
    cgroupVersion: 2, bootId: 'b',
  },
}

export const enrollReply: EnrollReply = { cluster: 'demo', nodeId: 'edge-1', certificateChainPem: 'pem', authoritiesPem: ['pem'] }

export const beat: AgentMessage = { type: 'beat', number: 1, sentAtBootMs: 1, lastEcho: 0, loopAgeMs: 0 }
