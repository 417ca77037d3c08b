import { PiccoloError } from '../errors/index.js'
import { applyDelta, digestOfSet, type AssignedItem, type HeldItem, type SetDelta, type SetVersion, type WireError } from '../protocol/index.js'
import type { Digest } from '../spi/index.js'
import { SerialQueue } from './serial-queue.js'

/** One assignment as it is held: unknown kinds byte for byte like any other. */
export interface ReplicaItem extends HeldItem {
  readonly content: Uint8Array
  /** The last content of this key that was good here, while it is not the wanted one. */
  readonly effective?: { readonly digest: string; readonly content: Uint8Array }
}

/** All that is kept of the master's word. */
export interface ReplicaSet {
  /** Absent: no set was ever held, which is not the same as an empty one. */
  readonly version?: SetVersion
  readonly clusterEpoch?: string
  readonly highestRevision: bigint
  readonly highestTerm: bigint
  readonly items: ReadonlyMap<string, ReplicaItem>
}

export const emptySet: ReplicaSet = { highestRevision: 0n, highestTerm: 0n, items: new Map() }

/** Where a replica is kept. Once `save` resolves the set survives a power cut; before, the old one or the new one is found. */
export interface ReplicaStorage {
  save(set: ReplicaSet): Promise<void>
}

export interface ReplicaOptions {
  readonly storage: ReplicaStorage
  readonly digest: Digest
  readonly initial: ReplicaSet
  /** Called when a changed set is safely stored. */
  readonly onHeld: (set: ReplicaSet) => void
}

/** The node's copy of its assignment set, moved on by deltas that prove themselves by digest. */
export class Replica {
  readonly #options: ReplicaOptions
  readonly #queue = new SerialQueue()
  #set: ReplicaSet
  /** Whether what counts of the set is in storage. */
  #stored = true

  constructor(options: ReplicaOptions) {
    this.#options = options
    this.#set = options.initial
  }

  get set(): ReplicaSet {
    return this.#set
  }

  inventory(): readonly HeldItem[] {
    return [...this.#set.items.values()].map(({ key, digest, epoch }) => ({ key, digest, epoch }))
  }

  /** Notes a revision seen outside a delta; stored with the next set. */
  sawRevision(revision: bigint): void {
    if (revision > this.#set.highestRevision) this.#set = { ...this.#set, highestRevision: revision }
  }

  /**
   * Binds the set to the master that now leads it, durably: a lower term is refused from here on. Answers what kept it from being
   * stored: a node with a full disk follows its master all the same, for otherwise nobody would see why it is unfit.
   */
  lead(master: { readonly clusterEpoch: string; readonly term: bigint; readonly storeRevision: bigint }): Promise<PiccoloError | undefined> {
    return this.#queue.run(async () => {
      const { clusterEpoch, term, storeRevision } = master
      this.sawRevision(storeRevision)
      if (this.#stored && this.#set.clusterEpoch === clusterEpoch && this.#set.highestTerm === term) return undefined
      return this.#keep({ ...this.#set, clusterEpoch, highestTerm: term })
    })
  }

  /** After a new enrolment: the items stay, whose they are is open again. */
  unbind(): Promise<void> {
    return this.#queue.run(async () => {
      const { version, clusterEpoch, highestRevision, highestTerm, items } = this.#set
      if (version === undefined && clusterEpoch === undefined && highestRevision === 0n && highestTerm === 0n) return
      const free = { highestRevision: 0n, highestTerm: 0n, items }
      await this.#options.storage.save(free)
      this.#stored = true
      // What another master's store has seen is no measure for the next one's.
      this.#set = free
    })
  }

  /** A master of this cluster epoch has put the node out and said to stop: nothing of its set is to run, not after a power cut either. Answers whether it was this epoch's set. */
  empty(clusterEpoch: string): Promise<boolean> {
    return this.#queue.run(async () => {
      if (this.#set.clusterEpoch !== clusterEpoch) return false
      if (this.#set.items.size === 0) return true
      const { version: _, ...kept } = this.#set
      await this.#keep({ ...kept, items: new Map() })
      this.#options.onHeld(this.#set)
      return true
    })
  }

  /** Stores the set that the delta leads to, whole; answers why not when the delta does not prove itself. The base stays then. */
  apply(delta: SetDelta, storeRevision: bigint): Promise<WireError | undefined> {
    return this.#queue.run(async () => {
      const wrong = this.#wrongBase(delta) ?? this.#wrongContent(delta.upserts)
      if (wrong !== undefined) return wrong
      const items = applyDelta(this.#set.items, delta, (item) => this.#adopt(item))
      if (digestOfSet(items.values(), (text) => this.#options.digest.sha256(text)) !== delta.target.digest) {
        return { code: 'corrupt', message: 'The set after this change does not have the digest that was promised.' }
      }
      this.sawRevision(storeRevision)
      if (sameVersion(this.#set.version, delta.target) && sameEpochs(this.#set.items, items)) return undefined
      try {
        await this.#store({ ...this.#set, version: delta.target, items })
      } catch (error) {
        const { code, message } = PiccoloError.from(error)
        return { code, message: `The set could not be stored: ${message}` }
      }
      this.#options.onHeld(this.#set)
      return undefined
    })
  }

  /**
   * The wanted content of a key proved good here: nothing older is needed as a way back. Answers what kept that from being stored: it is so
   * all the same, and an older version must not come back for it.
   */
  becameEffective(key: string, digest: string): Promise<PiccoloError | undefined> {
    return this.#queue.run(async () => {
      const item = this.#set.items.get(key)
      if (item === undefined || item.digest !== digest || item.effective === undefined) return undefined
      const { effective: _, ...good } = item
      return this.#keep({ ...this.#set, items: new Map(this.#set.items).set(key, good) })
    })
  }

  #wrongBase({ base }: SetDelta): WireError | undefined {
    if (base === undefined || sameVersion(base, this.#set.version)) return undefined
    return { code: 'conflict', message: `The change stands on generation ${base.generation}, held is ${this.#set.version?.generation ?? 'nothing'}.` }
  }

  #wrongContent(upserts: readonly AssignedItem[]): WireError | undefined {
    const wrong = upserts.find((item) => this.#options.digest.sha256(item.content) !== item.digest)
    return wrong && { code: 'corrupt', message: `The content of ${wrong.key} does not have the digest that was promised.` }
  }

  #adopt(item: AssignedItem): ReplicaItem {
    const old = this.#set.items.get(item.key)
    const { key, digest, epoch, content } = item
    if (old === undefined) return { key, digest, epoch, content }
    const effective = old.effective ?? { digest: old.digest, content: old.content }
    return effective.digest === digest ? { key, digest, epoch, content } : { key, digest, epoch, content, effective }
  }

  /** What is so whether it can be stored or not; what can't is stored with whatever is stored next. */
  async #keep(set: ReplicaSet): Promise<PiccoloError | undefined> {
    try {
      await this.#store(set)
      return undefined
    } catch (error) {
      this.#become(set)
      this.#stored = false
      return PiccoloError.from(error)
    }
  }

  async #store(set: ReplicaSet): Promise<void> {
    await this.#options.storage.save(set)
    this.#stored = true
    this.#become(set)
  }

  /** Revisions may have been seen since the set was made. */
  #become(set: ReplicaSet): void {
    const { highestRevision } = this.#set
    this.#set = { ...set, highestRevision: highestRevision > set.highestRevision ? highestRevision : set.highestRevision }
  }
}

export function sameVersion(a: SetVersion | undefined, b: SetVersion | undefined): boolean {
  return a?.generation === b?.generation && a?.digest === b?.digest
}

function sameEpochs(a: ReadonlyMap<string, HeldItem>, b: ReadonlyMap<string, HeldItem>): boolean {
  return [...b.values()].every((item) => a.get(item.key)?.epoch === item.epoch)
}
