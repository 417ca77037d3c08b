import { PiccoloError, type Revision, type StoreChange } from '@piccolo/core/spi'

export interface LedgerCommit {
  readonly revision: Revision
  readonly changes: readonly StoreChange[]
}

interface Line {
  readonly revision: string
  readonly changes: readonly { readonly key: string; readonly value?: string; readonly created?: string }[]
}

/** One commit as a line of JSON: bytes as base64, revisions as text. */
export function toLine({ revision, changes }: LedgerCommit): string {
  const line: Line = {
    revision: String(revision),
    changes: changes.map((change) => {
      if (change.type === 'delete') return { key: change.key }
      const { key, value, createRevision } = change.entry
      return { key, value: Buffer.from(value).toString('base64'), created: String(createRevision) }
    }),
  }
  return `${JSON.stringify(line)}\n`
}

export function fromLine(text: string): LedgerCommit {
  try {
    const line = JSON.parse(text) as Line // written by toLine
    const revision = BigInt(line.revision)
    return {
      revision,
      changes: line.changes.map(({ key, value, created }): StoreChange => {
        if (value === undefined) return { type: 'delete', key }
        return { type: 'put', entry: { key, value: new Uint8Array(Buffer.from(value, 'base64')), createRevision: BigInt(created ?? line.revision), modRevision: revision } }
      }),
    }
  } catch (error) {
    throw new PiccoloError('corrupt', 'A line of the ledger can not be read: restore the file from a backup.', { cause: error })
  }
}
