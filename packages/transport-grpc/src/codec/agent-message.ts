import type {
  AgentBeat, AgentBye, AgentMessage, AssignRefused, Held, Inventory, Readiness, ReadinessChanged, ReadinessFinding, Reply, Report,
  SignalsPublished, Status, Synced,
} from '@piccolo/core/spi'
import type * as wire from '../generated/piccolo/v1/agent_message.js'
import { journalPosition, messageContext, setVersion } from './common.js'
import { hello } from './hello.js'
import { journalEntry } from './journal-entry.js'
import { heldItem } from './set-delta.js'
import { publishedSignal } from './published-signal.js'
import { sessionToken } from './session-token.js'
import { statusEntry } from './status.js'
import { copied, finite, fromUint, given, maybe, required, toUint, word, type Spelled } from './values.js'
import { wireError } from './wire-error.js'

type Body = NonNullable<wire.AgentMessage['body']>

const levels: Readonly<Record<ReadinessFinding['level'], true>> = { ok: true, warn: true, fail: true }

/** `fromWire` answers undefined for a message that this version does not know. */
export const agentMessage = {
  toWire: (message: AgentMessage): Spelled<wire.AgentMessage> => ({
    context: maybe(message.context, messageContext.toWire),
    body: bodyToWire(message),
    sessionToken: maybe(message.sessionToken, sessionToken.toWire),
    sequence: maybe(message.sequence, (sequence) => toUint(sequence, 'sequence')),
  }),
  fromWire({ context, body, sessionToken: token, sequence }: wire.AgentMessage): AgentMessage | undefined {
    const message = bodyFromWire(body)
    if (message === undefined) return undefined
    return {
      ...message,
      ...(context !== undefined && { context: messageContext.fromWire(context) }),
      ...(token !== undefined && { sessionToken: sessionToken.fromWire(token) }),
      ...(sequence !== undefined && { sequence: fromUint(sequence, 'sequence') }),
    }
  },
}

// No default branch in either switch: the compiler names the kind that has no wire form yet.
function bodyToWire(message: AgentMessage): Body {
  switch (message.type) {
    case 'hello':
      return { $case: 'hello', value: hello.toWire(message) }
    case 'inventory':
      return { $case: 'inventory', value: { items: message.items.map(heldItem.toWire) } }
    case 'readiness':
      return { $case: 'readiness', value: readinessToWire(message) }
    case 'beat':
      return { $case: 'beat', value: beatToWire(message) }
    case 'held':
      return { $case: 'held', value: { version: setVersion.toWire(message.version) } }
    case 'assign-refused':
      return { $case: 'assignRefused', value: { generation: message.generation, error: wireError.toWire(message.error) } }
    case 'status':
      return { $case: 'status', value: { entries: message.entries.map(statusEntry.toWire) } }
    case 'synced':
      return { $case: 'synced', value: { position: journalPosition.toWire(message.position) } }
    case 'report':
      return { $case: 'report', value: { entries: message.entries.map(journalEntry.toWire) } }
    case 'reply':
      return { $case: 'reply', value: replyToWire(message) }
    case 'signal':
      return { $case: 'signal', value: { signals: message.signals.map(publishedSignal.toWire) } }
    case 'bye':
      return { $case: 'bye', value: { reason: message.reason } }
  }
}

function bodyFromWire(body: Body | undefined): AgentMessage | undefined {
  switch (body?.$case) {
    case undefined:
      return undefined
    case 'hello':
      return hello.fromWire(body.value)
    case 'inventory':
      return given<Inventory>({ type: 'inventory', items: body.value.items.map(heldItem.fromWire) })
    case 'readiness':
      return readinessFromWire(body.value)
    case 'beat':
      return beatFromWire(body.value)
    case 'held':
      return given<Held>({ type: 'held', version: setVersion.fromWire(required(body.value.version, 'held.version')) })
    case 'assignRefused':
      return refusalFromWire(body.value)
    case 'status':
      return given<Status>({ type: 'status', entries: body.value.entries.map(statusEntry.fromWire) })
    case 'synced':
      return given<Synced>({ type: 'synced', position: journalPosition.fromWire(required(body.value.position, 'synced.position')) })
    case 'report':
      return given<Report>({ type: 'report', entries: body.value.entries.map(journalEntry.fromWire) })
    case 'reply':
      return replyFromWire(body.value)
    case 'signal':
      return given<SignalsPublished>({ type: 'signal', signals: body.value.signals.map(publishedSignal.fromWire) })
    case 'bye':
      return given<AgentBye>({ type: 'bye', reason: body.value.reason })
  }
}

function readinessToWire({ readiness }: ReadinessChanged): Spelled<wire.ReadinessChanged> {
  const findings = readiness.findings.map(({ check, level, reason }): Spelled<wire.ReadinessFinding> => ({ check, level, reason }))
  return { ready: readiness.ready, findings }
}

function readinessFromWire({ ready, findings }: wire.ReadinessChanged): ReadinessChanged {
  const judged = findings.map(({ check, level, reason }) =>
    given<ReadinessFinding>({ check, level: word(levels, level, 'readiness.level'), reason }),
  )
  return given<ReadinessChanged>({ type: 'readiness', readiness: given<Readiness>({ ready, findings: judged }) })
}

function beatToWire(beat: AgentBeat): Spelled<wire.AgentBeat> {
  return {
    number: toUint(beat.number, 'beat.number'),
    sentAtBootMs: finite(beat.sentAtBootMs, 'beat.sentAtBootMs'),
    lastEcho: toUint(beat.lastEcho, 'beat.lastEcho'),
    loopAgeMs: finite(beat.loopAgeMs, 'beat.loopAgeMs'),
  }
}

function beatFromWire(beat: wire.AgentBeat): AgentBeat {
  return given<AgentBeat>({
    type: 'beat',
    number: fromUint(beat.number, 'beat.number'),
    sentAtBootMs: finite(beat.sentAtBootMs, 'beat.sentAtBootMs'),
    lastEcho: fromUint(beat.lastEcho, 'beat.lastEcho'),
    loopAgeMs: finite(beat.loopAgeMs, 'beat.loopAgeMs'),
  })
}

function refusalFromWire({ generation, error }: wire.AssignRefused): AssignRefused {
  return given<AssignRefused>({ type: 'assign-refused', generation, error: wireError.fromWire(required(error, 'assign-refused.error')) })
}

function replyToWire({ commandId, payload, done, error }: Reply): Spelled<wire.Reply> {
  return { commandId, payload, done, error: maybe(error, wireError.toWire) }
}

function replyFromWire({ commandId, payload, done, error }: wire.Reply): Reply {
  return given<Reply>({ type: 'reply', commandId, payload: maybe(payload, copied), done, error: maybe(error, wireError.fromWire) })
}
