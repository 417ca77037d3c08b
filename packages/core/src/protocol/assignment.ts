/** What a node holds of one assignment, without its content. */
export interface HeldItem {
  /** `workload/<name>`; later kinds: `config/<name>`, `policy/<name>`, `node`. Unknown kinds are held all the same. */
  readonly key: string
  /** SHA-256 of the content, hex. */
  readonly digest: string
  /** Placement epoch: store revision of the commit that placed it on this node. */
  readonly epoch: bigint
}

/** One assignment with its content, byte for byte as it is stored under contents/<digest>. */
export interface AssignedItem extends HeldItem {
  readonly content: Uint8Array
}

/** A name for a whole set: generation is the head's store revision, digest is taken over the keys and digests of its items. */
export interface SetVersion {
  readonly generation: bigint
  readonly digest: string
}

/** A change from the set `base` to the set `target`. Refused unless applying it to what is held yields `target.digest`. */
export interface SetDelta {
  /** The set this applies to; undefined = it stands on the inventory that the node sent last. */
  readonly base: SetVersion | undefined
  readonly target: SetVersion
  readonly upserts: readonly AssignedItem[]
  readonly removals: readonly string[]
}
