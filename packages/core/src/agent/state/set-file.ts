import { PiccoloError } from '../../errors/index.js'
import type { ReplicaSet } from '../../link/index.js'
import { digestOfSet } from '../../protocol/index.js'
import type { Digest } from '../../spi/index.js'
import { asBigInt, asRecord, asText, checkFormat, decodeChecked, encodeChecked } from './checked-file.js'

/** An item as the set file names it; the contents are files of their own. */
export interface SetFileItem {
  readonly key: string
  readonly digest: string
  readonly effective?: string
  readonly epoch: bigint
}

export interface SetFile extends Omit<ReplicaSet, 'items'> {
  readonly items: readonly SetFileItem[]
}

const format = 1

export function encodeSet(set: ReplicaSet, digest: Digest): Uint8Array {
  const { version, clusterEpoch, highestRevision, highestTerm, items } = set
  const body = {
    format,
    clusterEpoch,
    generation: version?.generation.toString(),
    digest: version?.digest,
    revision: highestRevision.toString(),
    term: highestTerm.toString(),
    items: [...items.values()].map((item) => ({ key: item.key, digest: item.digest, effective: item.effective?.digest, epoch: item.epoch.toString() })),
  }
  return encodeChecked(body, digest)
}

export function decodeSet(bytes: Uint8Array, digest: Digest): SetFile {
  const body = asRecord(decodeChecked(bytes, digest))
  checkFormat(body, format)
  const { clusterEpoch, generation, revision, term } = body
  const items = (Array.isArray(body['items']) ? body['items'] : []).map(asItem)
  if (generation !== undefined && digestOfSet(items, (text) => digest.sha256(text)) !== body['digest']) throw new PiccoloError('corrupt', 'Its items are not those that its digest names.')
  return {
    ...(clusterEpoch === undefined ? {} : { clusterEpoch: asText(clusterEpoch) }),
    ...(generation === undefined ? {} : { version: { generation: asBigInt(generation), digest: asText(body['digest']) } }),
    highestRevision: asBigInt(revision),
    highestTerm: asBigInt(term),
    items,
  }
}

function asItem(value: unknown): SetFileItem {
  const { key, digest, effective, epoch } = asRecord(value)
  const back = effective === undefined ? {} : { effective: asText(effective) }
  return { key: asText(key), digest: asText(digest), ...back, epoch: asBigInt(epoch) }
}

/** Every content that a set file refers to. */
export function digestsOf({ items }: SetFile): Set<string> {
  return new Set(items.flatMap(({ digest, effective }) => (effective === undefined ? [digest] : [digest, effective])))
}
