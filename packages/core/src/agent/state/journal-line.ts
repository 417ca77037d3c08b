import type { EventSeverity, JournalEntry } from '../../protocol/index.js'
import type { Digest } from '../../spi/index.js'
import { asCount, asRecord, asText } from './checked-file.js'

/** Enough to tell a torn line from a whole one. */
const checksumLength = 16
const severities: readonly string[] = ['debug', 'info', 'warning', 'critical'] satisfies readonly EventSeverity[]

export function encodeLine(entry: JournalEntry, digest: Digest): string {
  const text = JSON.stringify(entry)
  return `${digest.sha256(text).slice(0, checksumLength)} ${text}\n`
}

/** The entry, or undefined for a line that was torn or is none. */
export function decodeLine(line: string, digest: Digest): JournalEntry | undefined {
  const text = line.slice(checksumLength + 1)
  if (text === '' || digest.sha256(text).slice(0, checksumLength) !== line.slice(0, checksumLength)) return undefined
  const { position, atMs, severity, type, subject, message, fields } = asRecord(JSON.parse(text))
  const { incarnation, seq } = asRecord(position)
  if (!isSeverity(severity)) return undefined
  return {
    position: { incarnation: asCount(incarnation), seq: asCount(seq) },
    atMs: asCount(atMs),
    severity,
    type: asText(type),
    subject: asText(subject),
    message: asText(message),
    fields: asRecord(fields) as JournalEntry['fields'],
  }
}

function isSeverity(value: unknown): value is EventSeverity {
  return typeof value === 'string' && severities.includes(value)
}
