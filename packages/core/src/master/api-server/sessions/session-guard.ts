import { PiccoloError } from '../../../errors/index.js'
import type { NodeRole } from '../../../model/index.js'
import type { NodeRecord } from '../../../model/records/index.js'
import { hex, type AgentMessage } from '../../../protocol/index.js'
import type { Random } from '../../../spi/index.js'
import type { View } from '../../views.js'
import { mayNode } from '../access/role-table.js'
import type { SecurityNews } from '../access/security-news.js'
import { obstacleTo } from '../registry/node-standing.js'
import type { NodePrincipal } from './admit.js'

const tokenBytes = 16

export interface SessionGuardOptions {
  readonly principal: NodePrincipal
  readonly address: string
  /** Of the registration that let the session in: a view that has not come so far yet says nothing against it. */
  readonly revision: bigint
  /** Its role there. */
  readonly role: NodeRole
  readonly nodes: View<NodeRecord>
  readonly news: SecurityNews
  readonly random: Random
}

/** Watches over one session: who it belongs to, whether its node still belongs to the cluster, and what its role lets it say. */
export interface SessionGuard {
  /** Given in the welcome, carried by every message of the agent. */
  readonly token: string
  /** Why this node may not go on; undefined = it may. Asked for each message, and whenever registrations change. */
  obstacle(): PiccoloError | undefined
  /** Throws what ends the session. False: the message has come before, or is none of those that the node's role may send, and counts for nothing. */
  check(message: AgentMessage): boolean
}

export function sessionGuard({ principal, address, revision, role: admittedRole, nodes, news, random }: SessionGuardOptions): SessionGuard {
  const { nodeId: node, keyFingerprint } = principal
  const token = hex(random.bytes(tokenBytes))
  let lastSequence = 0
  const told = { subject: `node/${node}`, who: `node:${node}`, source: address, node }

  const registration = (): NodeRecord | undefined => nodes.entries.get(node)?.value
  const obstacle = (): PiccoloError | undefined => {
    const stored = nodes.entries.get(node)
    return (stored?.revision ?? nodes.revision) < revision ? undefined : obstacleTo(node, stored?.value, keyFingerprint)
  }

  /** Numbers may be left out: a kind of message that this version does not know is skipped before it gets here. An agent from before there were numbers has none at all. */
  const isNew = ({ type, sequence }: AgentMessage): boolean => {
    if (sequence === undefined && lastSequence === 0) return true
    if (sequence !== undefined && sequence > lastSequence) {
      lastSequence = sequence
      return true
    }
    // Whoever sends it again does not get to end the session of the one who said it first.
    void news.refused({ ...told, type: 'message-replayed', message: `A message of type "${type}" came a second time; it counted once.` })
    return false
  }

  return {
    token,
    obstacle,
    check(message) {
      if (message.sessionToken !== token) {
        const error = new PiccoloError('unauthenticated', `A message of type "${message.type}" came ${message.sessionToken === undefined ? 'without a session token' : 'with the token of another session'}; this session ends.`)
        void news.refused({ ...told, type: 'session-token-refused', message: error.message })
        throw error
      }
      const trouble = obstacle()
      if (trouble !== undefined) throw trouble
      if (!isNew(message)) return false
      const role = registration()?.role ?? admittedRole
      if (mayNode(role, message.type)) return true
      void news.refused({ ...told, type: 'message-refused', message: `The role ${role} may not send "${message.type}".` })
      return false
    },
  }
}
