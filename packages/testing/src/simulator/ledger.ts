import type { StoreChange, WorkloadContent } from '@piccolo/core/spi'
import type { Commit } from '../store/memory-backend.js'
import { storedValue } from './stored-value.js'

/** Key of an item → digest of its content. */
export type RecordedSet = ReadonlyMap<string, string>

const assignments = 'assignments/'
const contents = 'contents/'

/** Everything the store has ever said about what the nodes are to have, generation by generation. */
export class Ledger {
  readonly #contents = new Map<string, Uint8Array>()
  readonly #parsed = new Map<string, WorkloadContent>()
  readonly #current = new Map<string, Map<string, string>>()
  readonly #sets = new Map<string, Map<bigint, RecordedSet>>()
  readonly #heads = new Map<string, bigint>()
  readonly #published = new Map<string, Set<string>>()

  take({ revision, changes }: Commit): void {
    const heads = new Set<string>()
    for (const change of changes) {
      const key = keyOf(change)
      if (key.startsWith(contents) && change.type === 'put') this.#contents.set(key.slice(contents.length), change.entry.value)
      if (key.startsWith(assignments)) this.#assigned(key.slice(assignments.length), change, heads)
    }
    for (const node of heads) this.#keep(node, revision)
  }

  /** The newest generation of a node's set; undefined while it has none. */
  generation(node: string): bigint | undefined {
    return this.#heads.get(node)
  }

  /** A node's set as it was in this generation. */
  setOf(node: string, generation: bigint): RecordedSet | undefined {
    return this.#sets.get(node)?.get(generation)
  }

  /** A node's sets of these generations, both included, in their order. */
  setsBetween(node: string, first: bigint, last: bigint): readonly RecordedSet[] {
    return [...(this.#sets.get(node) ?? [])].flatMap(([generation, set]) => (generation >= first && generation <= last ? [set] : []))
  }

  /** Digests of everything that was ever to be on the node under this key. */
  published(node: string, key: string): ReadonlySet<string> {
    return this.#published.get(`${node}/${key}`) ?? new Set()
  }

  content(digest: string): WorkloadContent | undefined {
    const known = this.#parsed.get(digest)
    const bytes = this.#contents.get(digest)
    if (known !== undefined || bytes === undefined) return known
    const content = storedValue(bytes) as WorkloadContent // the master wrote it
    this.#parsed.set(digest, content)
    return content
  }

  #assigned(id: string, change: StoreChange, heads: Set<string>): void {
    const slash = id.indexOf('/')
    if (slash < 0) {
      heads.add(id)
      return
    }
    const [node, key] = [id.slice(0, slash), id.slice(slash + 1)]
    const items = this.#current.get(node) ?? new Map<string, string>()
    this.#current.set(node, items)
    if (change.type === 'delete') items.delete(key)
    else items.set(key, (storedValue(change.entry.value) as { readonly digest: string }).digest) // likewise
  }

  #keep(node: string, revision: bigint): void {
    const items = new Map(this.#current.get(node))
    const sets = this.#sets.get(node) ?? new Map<bigint, RecordedSet>()
    this.#sets.set(node, sets.set(revision, items))
    this.#heads.set(node, revision)
    for (const [key, digest] of items) {
      const name = `${node}/${key}`
      this.#published.set(name, (this.#published.get(name) ?? new Set()).add(digest))
    }
  }
}

function keyOf(change: StoreChange): string {
  return change.type === 'put' ? change.entry.key : change.key
}
