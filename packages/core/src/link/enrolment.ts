import { PiccoloError } from '../errors/index.js'
import { protocolVersions, type SystemFacts } from '../protocol/index.js'
import type { Clock, EnrolledIdentity, NodeCredentials, Transport } from '../spi/index.js'
import { withDeadline } from './deadline.js'

export interface EnrolmentParts {
  readonly clock: Clock
  readonly transport: Transport
  readonly credentials: NodeCredentials
  readonly facts: SystemFacts
  readonly wantedNodeId?: string
}

/** Generous: the first handshake of a slow board over a slow link. */
const enrolMs = 30_000

/** One attempt to become a node of the cluster: spends the token at one address, and keeps the identity it brings. */
export async function enrolOnce(parts: EnrolmentParts, address: string, signal: AbortSignal): Promise<EnrolledIdentity> {
  const { clock, transport, credentials, facts, wantedNodeId } = parts
  return withDeadline({ clock, ms: enrolMs, signal, what: `Enrolling at ${address}` }, async (limit) => {
    const { token, csr, verifyServer } = await credentials.enrolment(limit)
    const wanted = wantedNodeId === undefined ? {} : { wantedNodeId }
    const issued = await transport.enroll(address, { versions: protocolVersions, token, csr, facts, ...wanted }, { verifyServer }, limit)
    await credentials.accept(issued, limit)
    const { enrolled } = credentials
    if (enrolled === undefined) throw new PiccoloError('internal', 'The credentials took the certificate but know no identity.')
    return enrolled
  })
}
