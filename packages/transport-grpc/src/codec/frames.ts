import { AgentMessage } from '../generated/piccolo/v1/agent_message.js'
import { EnrollRequest, EnrollResponse, RenewRequest, RenewResponse } from '../generated/piccolo/v1/enroll.js'
import { MasterMessage } from '../generated/piccolo/v1/master_message.js'
import { agentMessage } from './agent-message.js'
import { enrollRequest, nodeIdentity, renewRequest } from './enroll.js'
import { frame } from './frame.js'
import { masterMessage } from './master-message.js'

/** Largest session message, either way. */
export const maxMessageBytes = 4 * 1024 * 1024

/** Enroll and renew are open to anybody who reaches the port, and small. */
export const maxCallBytes = 64 * 1024

/** Every message of the service as bytes. Those of a session decode to undefined if this version does not know them. */
export const frames = {
  enrollRequest: frame(EnrollRequest, enrollRequest, maxCallBytes),
  enrollReply: frame(EnrollResponse, nodeIdentity, maxCallBytes),
  renewRequest: frame(RenewRequest, renewRequest, maxCallBytes),
  renewReply: frame(RenewResponse, nodeIdentity, maxCallBytes),
  agentMessage: frame(AgentMessage, agentMessage, maxMessageBytes),
  masterMessage: frame(MasterMessage, masterMessage, maxMessageBytes),
}
