import type { AgentMessage, EnrollRequest, MasterMessage } from '@piccolo/core/spi'
import { memoryCredentials, memoryDisk, seededRandom, silentLogger } from '../../../src/index.js'
import { admin, facts, never, until, type HandSession, type Rig } from './rig.js'

/** A board that proves itself by its key, as an agent would. */
export async function board(rig: Rig, token: string, name: string) {
  const context = { clock: rig.clock, random: seededRandom(name.length * 7 + name.charCodeAt(0)), logger: silentLogger, disk: memoryDisk() }
  const credentials = memoryCredentials({ token })(context)
  await credentials.open(never)
  const { csr, verifyServer } = await credentials.enrolment(never)
  const transport = rig.network.transport({ name })(context)
  return {
    credentials, transport,
    enrol: async (more: Partial<EnrollRequest> = {}) => credentials.accept(await transport.enroll('master:1', { versions: { min: 1, max: 1 }, token, csr, facts: { ...facts, hostname: name }, ...more }, { verifyServer }, never), never),
    enrolWith: (other: string) => transport.enroll('master:1', { versions: { min: 1, max: 1 }, token: other, csr, facts }, { verifyServer }, never),
    renew: async () => credentials.accept(await transport.renew('master:1', { versions: { min: 1, max: 1 }, csr }, { verifyServer }, never), never),
    dial: async () => {
      const identity = credentials.enrolled
      if (identity === undefined) throw new Error('Not enrolled.')
      return transport.connect('master:1', { identity: identity.tls, verifyServer: credentials.verifyServer(() => rig.clock.wallMs()) }, never)
    },
  }
}

export const tokenFor = async (rig: Rig, nodeId?: string): Promise<string> => (await rig.operations.createToken(admin, nodeId === undefined ? {} : { nodeId }, never)).token
export const standing = async (rig: Rig, node: string) => (await rig.operations.nodes(admin, never)).find(({ name }) => name === node)?.standing
export const typesOf = async (rig: Rig) => (await rig.events()).map(({ type }) => type)
export const refusal = (rig: Rig, session: HandSession) => until(rig, 'a refusal', () => session.inbox.find((message): message is Extract<MasterMessage, { type: 'refuse' }> => message.type === 'refuse'))
export const welcomed = (rig: Rig, session: HandSession) => until(rig, 'a welcome', () => session.inbox.find(({ type }) => type === 'welcome'))

export function helloOf(node: string, bootId = 'boot-1'): Extract<AgentMessage, { type: 'hello' }> {
  return {
    type: 'hello', versions: { min: 1, max: 1 }, agentVersion: '0.1.0', nodeId: node, bootId, stateEpoch: 's1', highestRevision: 0n, highestTerm: 0n,
    journal: { next: { incarnation: 1, seq: 1 }, lastSeqs: [] }, fencing: 'none', capabilities: [], facts: { ...facts, bootId },
  }
}
