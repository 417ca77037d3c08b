import { Option, type Command } from 'commander'
import { throwIfAborted, type ClusterEvent } from '@piccolo/core/spi'
import { tellNews } from '../connection-news.js'
import type { CliHost } from '../host.js'
import { eventColumns, isSecurity, lastEvents, securityEvents } from '../kinds/events.js'
import { stateStyle } from '../kinds/state-style.js'
import { timeOfDay } from '../text/age.js'
import { table } from '../text/columns.js'
import { forPrograms, jsonLine, type ProgramFormat } from '../text/for-programs.js'
import { paint } from '../text/paint.js'
import { printable } from '../text/printable.js'
import { clientOf } from './common.js'

type EventFormat = ProgramFormat | 'wide'

interface EventsOptions {
  readonly follow?: true
  readonly security?: true
  readonly output?: EventFormat
}

export function addEvents(program: Command, host: CliHost): void {
  program.command('events')
    .description('show what happened')
    .option('-f, --follow', 'go on until interrupted, over cuts of the connection')
    .option('--security', 'only those about who may be here and do what')
    .addOption(new Option('-o, --output <format>', 'for programs (with -f, an object a line), or with more columns').choices(['json', 'yaml', 'wide']))
    .action(async ({ follow, security, output }: EventsOptions, command: Command) => {
      const client = await clientOf(host, command)
      if (follow === undefined) {
        const list = security === true ? securityEvents : lastEvents
        await host.out.write(await listText(host, await list(client, undefined, host.stop), output))
        return
      }
      for await (const event of client.events({ follow, signal: host.stop, onConnection: tellNews(host) })) {
        if (security === undefined || isSecurity(event)) await host.out.write(output === 'json' ? jsonLine(event) : await lineText(host, event, output))
      }
      throwIfAborted(host.stop)
    })
}

async function listText(host: CliHost, events: readonly ClusterEvent[], output: EventFormat | undefined): Promise<string> {
  if (output === 'json' || output === 'yaml') return await forPrograms(events, output)
  return events.length === 0 ? 'no events\n' : table(events, eventColumns.filter(({ wide }) => output === 'wide' || wide !== true), host.out)
}

/** A table's widths are not known while it still grows: one line each, the message last. */
async function lineText(host: CliHost, event: ClusterEvent, output: EventFormat | undefined): Promise<string> {
  if (output === 'yaml') return `---\n${await forPrograms(event, output)}`
  const severity = paint(host.out, stateStyle(event.severity), event.severity.padEnd(8))
  const extra = output === 'wide' ? `${event.id} ${event.type} ` : ''
  return `${timeOfDay(event.atMs)} ${severity} ${printable(`${extra}${event.subject}: ${event.message}`)}\n`
}
