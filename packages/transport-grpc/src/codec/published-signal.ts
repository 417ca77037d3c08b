import type { PublishedSignal, SignalValue } from '@piccolo/core/spi'
import type * as wire from '../generated/piccolo/v1/agent_message.js'
import { finite, given, type Spelled } from './values.js'

type WireValue = NonNullable<wire.PublishedSignal['value']>

export const publishedSignal = {
  toWire: ({ name, value }: PublishedSignal): Spelled<wire.PublishedSignal> => ({ name, value: value === null ? undefined : valueToWire(value) }),
  fromWire: ({ name, value }: wire.PublishedSignal): PublishedSignal =>
    given<PublishedSignal>({ name, value: value === undefined ? null : valueFromWire(value) }),
}

function valueToWire(value: SignalValue): WireValue {
  if (typeof value === 'boolean') return { $case: 'flag', value }
  if (typeof value === 'string') return { $case: 'text', value }
  return { $case: 'number', value: finite(value, 'signal.value') }
}

function valueFromWire({ $case, value }: WireValue): SignalValue {
  return $case === 'number' ? finite(value, 'signal.value') : value
}
