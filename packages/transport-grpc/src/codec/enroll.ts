import type { EnrollReply, EnrollRequest, RenewRequest } from '@piccolo/core/spi'
import type * as wire from '../generated/piccolo/v1/enroll.js'
import { systemFacts, versionRange } from './common.js'
import { copied, given, required, type Spelled } from './values.js'

export const enrollRequest = {
  toWire: (request: EnrollRequest): Spelled<wire.EnrollRequest> => ({
    versions: versionRange.toWire(request.versions),
    token: request.token,
    csr: request.csr,
    wantedNodeId: request.wantedNodeId,
    facts: systemFacts.toWire(request.facts),
  }),
  fromWire: (request: wire.EnrollRequest): EnrollRequest =>
    given<EnrollRequest>({
      versions: versionRange.fromWire(required(request.versions, 'enroll.versions')),
      token: request.token,
      csr: copied(request.csr),
      wantedNodeId: request.wantedNodeId,
      facts: systemFacts.fromWire(required(request.facts, 'enroll.facts')),
    }),
}

export const renewRequest = {
  toWire: (request: RenewRequest): Spelled<wire.RenewRequest> => ({ versions: versionRange.toWire(request.versions), csr: request.csr }),
  fromWire: (request: wire.RenewRequest): RenewRequest =>
    given<RenewRequest>({ versions: versionRange.fromWire(required(request.versions, 'renew.versions')), csr: copied(request.csr) }),
}

/** Answer to enroll and renew alike. */
export const nodeIdentity = {
  toWire: (reply: EnrollReply): Spelled<wire.EnrollResponse> => ({ identity: identityToWire(reply) }),
  fromWire: ({ identity }: wire.EnrollResponse): EnrollReply => identityFromWire(required(identity, 'identity')),
}

function identityToWire(reply: EnrollReply): Spelled<wire.NodeIdentity> {
  return {
    cluster: reply.cluster,
    nodeId: reply.nodeId,
    certificateChainPem: reply.certificateChainPem,
    authoritiesPem: [...reply.authoritiesPem],
  }
}

function identityFromWire(identity: wire.NodeIdentity): EnrollReply {
  return given<EnrollReply>({
    cluster: identity.cluster,
    nodeId: identity.nodeId,
    certificateChainPem: identity.certificateChainPem,
    authoritiesPem: identity.authoritiesPem,
  })
}
