import { PiccoloError } from '../../../errors/index.js'
import { nameSchema } from '../../../model/index.js'
import type { NodeRecord, TokenRecord } from '../../../model/records/index.js'
import type { EnrollRequest } from '../../../protocol/index.js'
import type { StoreReader } from '../../../store/index.js'
import { viewIndex } from '../../view-index.js'
import type { Views } from '../../views.js'

export interface Naming {
  /** The registration that the node gets, its key not yet in it. */
  readonly registration: NodeRecord
  /** Another key is registered under that name. */
  readonly taken: boolean
}

export interface NodeNaming {
  /** What a node with this token is called. Throws what the node is told when it gets no name. */
  nodeFor(token: TokenRecord, request: EnrollRequest, reader: StoreReader): Promise<Naming>
}

export interface NodeNamingOptions {
  /** Whether node.yaml decides which embedded nodes may join. */
  readonly listed: boolean
  readonly nodes: Views['nodes']
  /** Reads one registration: what a decision stands on comes from the store, the view only says where to look. */
  readonly read: (reader: StoreReader, id: string) => Promise<NodeRecord | undefined>
}

/** The master decides a node's name: the token's, else the entry of node.yaml, else what was asked for or the host name, made unique. */
export function nodeNaming({ listed, nodes, read }: NodeNamingOptions): NodeNaming {
  const expected = viewIndex(nodes, ({ value }) => (value.keys.length === 0 && value.hostname !== undefined ? [value.hostname] : []))

  const expectedByHostname = (hostname: string): string | undefined => expected.get(hostname).keys().next().value

  const uniqueId = async (wanted: string, reader: StoreReader): Promise<string> => {
    for (let number = 2; ; number += 1) {
      const id = `${wanted.slice(0, 58)}-${String(number)}`
      if (!nodes.entries.has(id) && (await read(reader, id)) === undefined) return id
    }
  }

  return {
    async nodeFor(token, { wantedNodeId, facts: { hostname } }, reader) {
      if (token.nodeId !== undefined && wantedNodeId !== undefined && wantedNodeId !== token.nodeId) throw otherNode(token.nodeId, wantedNodeId)
      const wanted = token.nodeId ?? wantedNodeId ?? expectedByHostname(hostname) ?? nodeIdFrom(hostname)
      if (!nameSchema.safeParse(wanted).success) throw new PiccoloError('invalid-argument', `"${wanted.slice(0, 80)}" can't be a node id; use letters, digits, "-", "_" or ".".`)
      const known = await read(reader, wanted)
      if (known !== undefined && ((token.type ?? known.type) !== known.type || (token.role ?? known.role) !== known.role)) {
        throw new PiccoloError('permission-denied', `This join token is for a ${token.type ?? known.type} ${token.role ?? known.role}; node "${known.id}" is a ${known.type} ${known.role}.`)
      }
      if (known !== undefined && known.keys.length === 0) return { registration: known, taken: false }
      const named = token.nodeId !== undefined || wantedNodeId !== undefined
      if (known !== undefined && named) return { registration: known, taken: true }
      const type = token.type ?? 'embedded'
      if (listed && type !== 'cloud' && token.nodeId === undefined) {
        throw new PiccoloError('permission-denied', `node.yaml has no node "${wanted}"; add it there, or bind the token to it with "piccolo token create --node-id ${wanted}".`)
      }
      const registration: NodeRecord = {
        id: known === undefined ? wanted : await uniqueId(wanted, reader),
        type,
        role: token.role ?? 'worker',
        labels: token.labels ?? {},
        source: 'token',
        hostname,
        keys: [],
        registeredAtMs: 0,
        cordoned: false,
      }
      return { registration, taken: false }
    },
  }
}

function otherNode(bound: string, wanted: string): PiccoloError {
  const asked = wanted.slice(0, 80)
  return new PiccoloError('permission-denied', `This join token is for node "${bound}", and the agent is told to be "${asked}". Give the agent that id, or make a token with "piccolo token create --node-id ${asked}".`)
}

function nodeIdFrom(hostname: string): string {
  return hostname.replace(/[^A-Za-z0-9_.-]/g, '-').slice(0, 60).replace(/^[^A-Za-z0-9]+|[^A-Za-z0-9]+$/g, '') || 'node'
}
