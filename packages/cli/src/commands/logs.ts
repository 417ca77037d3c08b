import { Option, type Command } from 'commander'
import { PiccoloError, throwIfAborted } from '@piccolo/core/spi'
import { tellNews } from '../connection-news.js'
import type { CliHost } from '../host.js'
import { jsonLine } from '../text/for-programs.js'
import { paint } from '../text/paint.js'
import { clientOf } from './common.js'

interface LogsOptions {
  readonly follow?: boolean
  readonly tail?: number
  readonly output?: 'json'
}

export function addLogs(program: Command, host: CliHost): void {
  program.command('logs')
    .description('print what a workload writes')
    .argument('<workload>', 'WORKLOAD or WORKLOAD/CONTAINER')
    .option('-f, --follow', 'go on until interrupted or until the container ends, over cuts of the connection')
    .option('--tail <lines>', 'only the last so many lines', parseTail)
    .addOption(new Option('-o, --output <format>', 'a JSON object a line, for programs').choices(['json']))
    .action(async (target: string, { follow = false, tail, output }: LogsOptions, command: Command) => {
      const { workload, container } = parseTarget(target)
      const client = await clientOf(host, command)
      const lines = client.logs({ workload, follow, signal: host.stop, onConnection: tellNews(host), ...(container === undefined ? {} : { container }), ...(tail === undefined ? {} : { tail }) })
      // Whose line it is matters as soon as there is more than one container.
      const named = output === undefined && container === undefined && (await client.workloads({ signal: host.stop })).some((each) => each.workload === workload && each.containers.length > 1)
      for await (const line of lines) {
        await host.out.write(output === 'json' ? jsonLine(line) : `${named ? `${paint(host.out, 'cyan', line.container)} | ` : ''}${line.line}\n`)
      }
      throwIfAborted(host.stop)
    })
}

function parseTarget(target: string): { readonly workload: string; readonly container?: string } {
  const [workload = '', container, ...more] = target.split('/')
  if (workload === '' || container === '' || more.length > 0) throw new PiccoloError('invalid-argument', `logs: expected WORKLOAD or WORKLOAD/CONTAINER, found "${target}"`)
  return container === undefined ? { workload } : { workload, container }
}

function parseTail(text: string): number {
  if (!/^\d{1,6}$/.test(text)) throw new PiccoloError('invalid-argument', `--tail: expected a number of lines, found "${text}"`)
  return Number(text)
}
