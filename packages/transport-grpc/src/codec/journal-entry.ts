import type { EventSeverity, JournalEntry } from '@piccolo/core/spi'
import type * as wire from '../generated/piccolo/v1/agent_message.js'
import { journalPosition } from './common.js'
import { finite, given, malformed, required, word, type Spelled } from './values.js'

type FieldValue = JournalEntry['fields'][string]

const severities: Readonly<Record<EventSeverity, true>> = { debug: true, info: true, warning: true, critical: true }

export const journalEntry = {
  toWire: (entry: JournalEntry): Spelled<wire.JournalEntry> => ({
    position: journalPosition.toWire(entry.position),
    atMs: finite(entry.atMs, 'entry.atMs'),
    severity: entry.severity,
    type: entry.type,
    subject: entry.subject,
    message: entry.message,
    fields: Object.entries(entry.fields).map(([name, value]) => ({ name, value: valueToWire(value) })),
  }),
  fromWire: (entry: wire.JournalEntry): JournalEntry =>
    given<JournalEntry>({
      position: journalPosition.fromWire(required(entry.position, 'entry.position')),
      atMs: finite(entry.atMs, 'entry.atMs'),
      severity: word(severities, entry.severity, 'entry.severity'),
      type: entry.type,
      subject: entry.subject,
      message: entry.message,
      // fromEntries defines own properties: a field named __proto__ is a field like any other.
      fields: Object.fromEntries(entry.fields.map(({ name, value }) => [name, valueFromWire(value, name)])),
    }),
}

function valueToWire(value: FieldValue): wire.JournalField['value'] {
  switch (typeof value) {
    case 'string':
      return { $case: 'text', value }
    case 'number':
      return { $case: 'number', value }
    case 'boolean':
      return { $case: 'flag', value }
    default:
      throw malformed('entry.fields', `holds a ${typeof value}, expected text, number or boolean`)
  }
}

function valueFromWire(value: wire.JournalField['value'], name: string): FieldValue {
  return required(value, `entry.fields.${name.slice(0, 40)}`).value
}
