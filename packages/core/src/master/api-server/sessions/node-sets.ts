import { PiccoloError } from '../../../errors/index.js'
import type { HeldItem } from '../../../protocol/index.js'
import type { AssignmentRecord } from '../../../model/records/index.js'
import type { MasterContext } from '../../context.js'
import { tables } from '../../tables.js'
import type { View, Views } from '../../views.js'
import type { NodeSet, NodeSets } from './agent-sender.js'

/** The sets of all nodes as the view of assignments shows them. */
export function nodeSets(views: Pick<Views, 'assignments'>, { store, trail }: Pick<MasterContext, 'store' | 'trail'>): NodeSets {
  const { assignments } = views
  const listeners = new Map<string, Set<() => void>>()
  assignments.subscribe((ids) => {
    for (const id of ids) for (const changed of [...(listeners.get(id) ?? [])]) changed()
  })
  return {
    of: (node) => setOf(node, assignments),
    async content(digest, signal) {
      const stored = await tables.contents.get(store, digest, { signal })
      if (stored === undefined) throw new PiccoloError('not-found', `The content ${digest} is no longer kept.`)
      return stored.value
    },
    async isCurrent(node, { generation }, signal) {
      return (await tables.assignments.get(store, node, { signal }))?.revision === generation
    },
    get revision() {
      return assignments.revision
    },
    context: (node) => trail.at(tables.assignments.key(node)),
    subscribe(node, changed) {
      const ofNode = listeners.get(node) ?? new Set()
      listeners.set(node, ofNode.add(changed))
      return () => {
        ofNode.delete(changed)
        if (ofNode.size === 0 && listeners.get(node) === ofNode) listeners.delete(node)
      }
    },
  }
}

function setOf(node: string, assignments: View<AssignmentRecord>): NodeSet | undefined {
  const head = assignments.entries.get(node)
  if (head === undefined) return undefined
  const items = new Map<string, HeldItem>()
  for (const [id, { value, createRevision }] of assignments.under(node)) {
    if (id === node) continue
    const key = id.slice(node.length + 1)
    items.set(key, { key, digest: value.digest, epoch: createRevision })
  }
  return { version: { generation: head.revision, digest: head.value.digest }, items }
}
