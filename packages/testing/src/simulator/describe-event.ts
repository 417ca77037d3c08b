import type { AgentMessage, JournalPosition, MasterMessage } from '@piccolo/core/spi'
import type { Passage } from '../transport/fabric.js'
import type { SimulationEvent } from './simulation-event.js'

/** An event as a line for people. The same event gives the same line. */
export function describeEvent(event: SimulationEvent): string {
  switch (event.type) {
    case 'phase':
      return `── ${event.phase} ──`
    case 'message':
      return describePassage(event)
    case 'commit':
      return `store    revision ${event.revision}: ${event.changes.map((change) => (change.type === 'put' ? `${change.entry.key} (${change.entry.value.length} B)` : `−${change.key}`)).join(' ')}`
    case 'disk':
      return `${event.node} disk  ${event.kind} ${event.volatile ? 'volatile ' : ''}${event.path}${event.bytes === 0 ? '' : ` (${event.bytes} B)`}`
    case 'container': {
      const { node, kind, by, state } = event
      return `${node} container ${state.name} ${state.id.slice(-4)} ${kind}${kind === 'ended' ? ` with ${state.exitCode ?? 'no code'}` : ''}${by === 'caller' ? '' : ` by ${by}`}`
    }
    case 'life':
      return `${event.who} ${event.what}${event.reason === undefined ? '' : `: ${event.reason}`}`
    case 'fault':
      return `⚡ ${event.fault} ${event.what}: ${event.detail}`
    case 'people':
      return `people   ${event.asked}: ${event.outcome}${event.reason === undefined ? '' : ` (${event.reason})`}`
    case 'violation':
      return `✘ ${event.invariant}: ${event.detail}`
    case 'log':
      return `${event.who} ${event.level}  ${event.message} ${fieldsText(event.fields)}`
  }
}

function describePassage({ phase, from, to, connection, message, bytes }: Passage): string {
  const arrow = { sent: '→', arrived: '⇢', replayed: '↻' }[phase]
  const size = phase === 'sent' ? ` (${bytes} B)` : ''
  // What passes between a master and an agent; both ends' types say so.
  return `${from} ${arrow} ${to} #${connection} ${describeMessage(message as AgentMessage | MasterMessage)}${size}`
}

function describeMessage(message: AgentMessage | MasterMessage): string {
  const { type } = message
  switch (type) {
    case 'hello':
      return `hello held ${message.held?.generation ?? 'nothing'}, journal from ${message.journal.oldest === undefined ? '' : `${positionText(message.journal.oldest)} to `}${positionText(message.journal.next)}`
    case 'welcome':
      return `welcome to term ${message.sessionEpoch.term}, session ${message.sessionEpoch.counter}, wanted ${message.wanted?.generation ?? 'nothing'}`
    case 'beat':
      return 'lease' in message ? `beat ${message.number} echoed` : `beat ${message.number}, last echo ${message.lastEcho}`
    case 'assign':
      return `assign ${message.delta.base?.generation ?? '–'} → ${message.delta.target.generation}: ${[...message.delta.upserts.map(({ key }) => `+${key}`), ...message.delta.removals.map((key) => `−${key}`)].join(' ') || 'nothing'}`
    case 'held':
      return `held ${message.version.generation}`
    case 'assign-refused':
      return `assign-refused ${message.generation}: ${message.error.message}`
    case 'inventory':
      return `inventory of ${message.items.length}`
    case 'status':
      return `status ${message.entries.map(({ key, workload }) => `${key} ${workload?.state ?? 'gone'}`).join(', ')}`
    case 'report':
      return `report ${message.entries.map(({ position, type: what }) => `${positionText(position)} ${what}`).join(', ')}`
    case 'ack':
      return `ack ${positionText(message.position)}`
    case 'readiness':
      return `readiness ${message.readiness.ready ? 'ready' : message.readiness.findings.flatMap(({ level, reason }) => (level === 'fail' ? [reason] : [])).join(' ')}`
    case 'refuse':
      return `refuse ${message.error.code}: ${message.error.message}`
    case 'signal':
      return `signal ${message.signals.map(({ name, value }) => `${name}=${String(value)}`).join(', ')}`
    case 'bye':
      return `bye: ${message.reason}`
    case 'synced':
    case 'command':
    case 'reply':
      return type
  }
}

function positionText({ incarnation, seq }: JournalPosition): string {
  return `${incarnation}.${seq}`
}

function fieldsText(fields: object): string {
  return Object.entries(fields).map(([name, value]) => `${name}=${value instanceof Error ? value.message : String(value)}`).join(' ')
}
