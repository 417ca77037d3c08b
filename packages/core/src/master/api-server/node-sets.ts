import type { Store } from '../../store/index.js'
import { PiccoloError } from '../../errors/index.js'
import type { HeldItem } from '../../protocol/index.js'
import type { AssignmentHead } from '../../model/records/index.js'
import { tables } from '../tables.js'
import type { View } from '../views.js'
import type { Views } from '../views.js'
import type { NodeSet, NodeSets } from './agent-sender.js'

/** The sets of all nodes as the view of assignments shows them. */
export function nodeSets(views: Pick<Views, 'assignments'>, store: Store): NodeSets {
  const { assignments } = views
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
    subscribe: (node, changed) => assignments.subscribe((ids) => { if (ids.has(node)) changed() }),
  }
}

function setOf(node: string, { entries }: View<unknown>): NodeSet | undefined {
  const head = entries.get(node)
  if (head === undefined) return undefined
  const items = new Map<string, HeldItem>()
  const prefix = `${node}/`
  for (const [id, { value, createRevision }] of entries) {
    if (!id.startsWith(prefix)) continue
    const key = id.slice(prefix.length)
    items.set(key, { key, digest: (value as AssignmentHead).digest, epoch: createRevision })
  }
  return { version: { generation: head.revision, digest: (head.value as AssignmentHead).digest }, items }
}
