import type { Ack, Assign, BeatEcho, Command, CommandBody, MasterMessage, Refuse, Timings, Welcome } from '@piccolo/core/spi'
import type * as wire from '../generated/piccolo/v1/master_message.js'
import { journalPosition, messageContext, setVersion } from './common.js'
import { setDelta } from './set-delta.js'
import { finite, fromUint, given, maybe, required, toUint, word, type Spelled } from './values.js'
import { wireError } from './wire-error.js'

type Body = NonNullable<wire.MasterMessage['body']>

const fates: Readonly<Record<NonNullable<Refuse['workloads']>, true>> = { keep: true, stop: true }

/** `fromWire` answers undefined for a message that this version does not know. */
export const masterMessage = {
  toWire: (message: MasterMessage): Spelled<wire.MasterMessage> => ({
    context: maybe(message.context, messageContext.toWire),
    body: bodyToWire(message),
  }),
  fromWire({ context, body }: wire.MasterMessage): MasterMessage | undefined {
    const message = bodyFromWire(body)
    if (message === undefined || context === undefined) return message
    return { ...message, context: messageContext.fromWire(context) }
  },
}

// No default branch in either switch: the compiler names the kind that has no wire form yet.
function bodyToWire(message: MasterMessage): Body {
  switch (message.type) {
    case 'welcome':
      return { $case: 'welcome', value: welcomeToWire(message) }
    case 'assign':
      return { $case: 'assign', value: { delta: setDelta.toWire(message.delta), storeRevision: message.storeRevision } }
    case 'ack':
      return { $case: 'ack', value: { position: journalPosition.toWire(message.position), storeRevision: message.storeRevision } }
    case 'beat':
      return { $case: 'beat', value: echoToWire(message) }
    case 'command':
      return { $case: 'command', value: commandToWire(message) }
    case 'refuse':
      return { $case: 'refuse', value: refuseToWire(message) }
  }
}

function bodyFromWire(body: Body | undefined): MasterMessage | undefined {
  switch (body?.$case) {
    case undefined:
      return undefined
    case 'welcome':
      return welcomeFromWire(body.value)
    case 'assign':
      return given<Assign>({ type: 'assign', delta: setDelta.fromWire(required(body.value.delta, 'assign.delta')), storeRevision: body.value.storeRevision })
    case 'ack':
      return given<Ack>({ type: 'ack', position: journalPosition.fromWire(required(body.value.position, 'ack.position')), storeRevision: body.value.storeRevision })
    case 'beat':
      return echoFromWire(body.value)
    case 'command':
      return commandFromWire(body.value)
    case 'refuse':
      return refuseFromWire(body.value)
  }
}

function welcomeToWire(welcome: Welcome): Spelled<wire.Welcome> {
  const { term, counter } = welcome.sessionEpoch
  return {
    version: toUint(welcome.version, 'welcome.version'),
    sessionEpoch: { term, counter: toUint(counter, 'welcome.sessionEpoch.counter') },
    clusterEpoch: welcome.clusterEpoch,
    sessionToken: welcome.sessionToken,
    timings: timingsOf(welcome.timings),
    masterTimeMs: finite(welcome.masterTimeMs, 'welcome.masterTimeMs'),
    acknowledged: maybe(welcome.acknowledged, journalPosition.toWire),
    wanted: maybe(welcome.wanted, setVersion.toWire),
    storeRevision: welcome.storeRevision,
  }
}

function welcomeFromWire(welcome: wire.Welcome): Welcome {
  const { term, counter } = required(welcome.sessionEpoch, 'welcome.sessionEpoch')
  return given<Welcome>({
    type: 'welcome',
    version: fromUint(welcome.version, 'welcome.version'),
    sessionEpoch: given<Welcome['sessionEpoch']>({ term, counter: fromUint(counter, 'welcome.sessionEpoch.counter') }),
    clusterEpoch: welcome.clusterEpoch,
    sessionToken: welcome.sessionToken,
    timings: timingsOf(required(welcome.timings, 'welcome.timings')),
    masterTimeMs: finite(welcome.masterTimeMs, 'welcome.masterTimeMs'),
    acknowledged: maybe(welcome.acknowledged, journalPosition.fromWire),
    wanted: maybe(welcome.wanted, setVersion.fromWire),
    storeRevision: welcome.storeRevision,
  })
}

/** The same shape on both sides. */
function timingsOf(timings: Spelled<Timings> & Spelled<wire.Timings>): Spelled<Timings> & Spelled<wire.Timings> {
  return {
    beatMs: finite(timings.beatMs, 'timings.beatMs'),
    suspectMs: finite(timings.suspectMs, 'timings.suspectMs'),
    disconnectedMs: finite(timings.disconnectedMs, 'timings.disconnectedMs'),
    lostMs: finite(timings.lostMs, 'timings.lostMs'),
    stopAfterMs: finite(timings.stopAfterMs, 'timings.stopAfterMs'),
    redialCapMs: finite(timings.redialCapMs, 'timings.redialCapMs'),
  }
}

function echoToWire({ number, sentAtBootMs, lease }: BeatEcho): Spelled<wire.BeatEcho> {
  return { number: toUint(number, 'beat.number'), sentAtBootMs: finite(sentAtBootMs, 'beat.sentAtBootMs'), lease }
}

function echoFromWire({ number, sentAtBootMs, lease }: wire.BeatEcho): BeatEcho {
  return given<BeatEcho>({
    type: 'beat',
    number: fromUint(number, 'beat.number'),
    sentAtBootMs: finite(sentAtBootMs, 'beat.sentAtBootMs'),
    lease,
  })
}

function commandToWire({ commandId, deadlineMs, command }: Command): Spelled<wire.Command> {
  return { commandId, deadlineMs: finite(deadlineMs, 'command.deadlineMs'), command: commandBodyToWire(command) }
}

function commandBodyToWire(command: CommandBody): NonNullable<wire.Command['command']> {
  switch (command.name) {
    case 'logs': {
      const { workload, container, follow, tail } = command
      const value: Spelled<wire.LogsCommand> = { workload, container, follow, tail: maybe(tail, (lines) => toUint(lines, 'logs.tail')) }
      return { $case: 'logs', value }
    }
    case 'cancel':
      return { $case: 'cancel', value: { target: command.target } }
  }
}

function commandFromWire({ commandId, deadlineMs, command }: wire.Command): Command | undefined {
  const body = commandBodyFromWire(command)
  return body && given<Command>({ type: 'command', commandId, deadlineMs: finite(deadlineMs, 'command.deadlineMs'), command: body })
}

function commandBodyFromWire(command: wire.Command['command']): CommandBody | undefined {
  switch (command?.$case) {
    case undefined:
      return undefined
    case 'logs': {
      const { workload, container, follow, tail } = command.value
      return given<Extract<CommandBody, { name: 'logs' }>>({ name: 'logs', workload, container, follow, tail: maybe(tail, (lines) => fromUint(lines, 'logs.tail')) })
    }
    case 'cancel':
      return given<Extract<CommandBody, { name: 'cancel' }>>({ name: 'cancel', target: command.value.target })
  }
}

function refuseToWire({ error, retryAfterMs, workloads, clusterEpoch }: Refuse): Spelled<wire.Refuse> {
  return { error: wireError.toWire(error), retryAfterMs: finite(retryAfterMs, 'refuse.retryAfterMs'), workloads, clusterEpoch }
}

function refuseFromWire({ error, retryAfterMs, workloads, clusterEpoch }: wire.Refuse): Refuse {
  return given<Refuse>({
    type: 'refuse',
    error: wireError.fromWire(required(error, 'refuse.error')),
    retryAfterMs: finite(retryAfterMs, 'refuse.retryAfterMs'),
    workloads: maybe(workloads, (fate) => word(fates, fate, 'refuse.workloads')),
    clusterEpoch,
  })
}
