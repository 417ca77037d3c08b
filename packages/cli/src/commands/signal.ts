import type { Command } from 'commander'
import { PiccoloError, type PublishedSignal, type SignalValue } from '@piccolo/core/spi'
import type { CliHost } from '../host.js'
import { clientOf } from './common.js'

interface SignalOptions {
  readonly text?: true
}

export function addSignal(program: Command, host: CliHost): void {
  const signal = program.command('signal').description('signals that Scenarios wait for')
  signal.command('set')
    .description('say what signals are now; true, false and numbers are taken as such')
    .argument('<name=value...>', 'e.g. body/trunk#open=true, vehicle#speed=42; all are taken, or none')
    .option('--text', 'take every value as text')
    .action(async (words: readonly string[], { text }: SignalOptions, command: Command) => {
      await publish(host, command, words.map((word) => parseSignal(word, text === true)))
    })
  signal.command('unset')
    .description('take back what signals said: nothing is known of them any more')
    .argument('<name...>')
    .action(async (names: readonly string[], _options: unknown, command: Command) => {
      await publish(host, command, names.map((name) => ({ name, value: null })))
    })
}

async function publish(host: CliHost, command: Command, signals: readonly PublishedSignal[]): Promise<void> {
  const client = await clientOf(host, command)
  await client.publishSignals(signals, { signal: host.stop })
  await host.out.write(signals.map(({ name, value }) => (value === null ? `signal/${name} unset\n` : `signal/${name} set to ${String(value)}\n`)).join(''))
}

/** The name ends at the first "=". */
function parseSignal(word: string, asText: boolean): PublishedSignal {
  const [, name, value] = /^([^=]+)=(.*)$/s.exec(word) ?? []
  if (name === undefined || value === undefined) throw new PiccoloError('invalid-argument', `expected NAME=VALUE, found "${word}"`)
  return { name, value: asText ? value : parseValue(value) }
}

function parseValue(text: string): SignalValue {
  if (text === 'true' || text === 'false') return text === 'true'
  return /^-?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text) && Number.isFinite(Number(text)) ? Number(text) : text
}
