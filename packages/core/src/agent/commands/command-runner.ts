import { PiccoloError } from '../../errors/index.js'
import type { CommandRunner, Outbox } from '../../link/index.js'
import type { Command, CommandBody } from '../../protocol/index.js'
import type { Clock, ContainerState, LogsFacet } from '../../spi/index.js'
import { LogStream } from './log-stream.js'

export interface CommandParts {
  readonly clock: Clock
  /** Undefined while there is no runtime, or when it keeps no logs. */
  readonly logs: () => LogsFacet | undefined
  readonly containersOf: (workload: string) => readonly ContainerState[]
  /** Owns the task until it ends. */
  readonly own: (task: Promise<void>) => void
}

interface Running {
  /** Ends it; with an error, the one who asked is told. */
  stop(error?: PiccoloError): void
}

/** Commands under way at once in one session. */
const maxRunning = 16

type LogsCommand = Extract<CommandBody, { name: 'logs' }>

/** Answers the commands of one session; none outlives it. */
export function commandRunner(parts: CommandParts, outbox: Outbox): CommandRunner {
  const running = new Map<string, Running>()

  const refuse = (commandId: string, error: PiccoloError): void => {
    outbox.urgent({ type: 'reply', commandId, done: true, error: { code: error.code, message: error.message } })
  }

  const beginLogs = ({ commandId, deadlineMs }: Command, command: LogsCommand): void => {
    const logs = parts.logs()
    if (logs === undefined) { refuse(commandId, new PiccoloError('unsupported', 'The container runtime of this node keeps no logs.')); return; }
    const found = parts.containersOf(command.workload).filter(({ container }) => command.container === undefined || container === command.container)
    if (found.length === 0) { refuse(commandId, new PiccoloError('not-found', `Workload ${command.workload} has no such container on this node.`)); return; }
    const stream = new LogStream({ commandId, logs, sources: found, follow: command.follow, tail: command.tail, onPending: () => outbox.wake() })
    const life = new AbortController()
    const cancelDeadline = parts.clock.schedule(deadlineMs, () => entry.stop(new PiccoloError('deadline-exceeded', `The command ran for ${deadlineMs} ms, as long as it was given.`)))
    const removeSource = outbox.add(() => {
      const reply = stream.next()
      if (reply?.done === true) {
        removeSource()
        running.delete(commandId)
      }
      return reply
    })
    const entry: Running = {
      stop(error) {
        cancelDeadline()
        stream.end(error)
        life.abort()
      },
    }
    running.set(commandId, entry)
    parts.own(stream.run(life.signal).finally(cancelDeadline))
  }

  return {
    begin(message) {
      const { command, commandId } = message
      if (command.name === 'cancel') {
        running.get(command.target)?.stop()
      } else if (command.name !== 'logs') {
        command satisfies never
        refuse(commandId, new PiccoloError('unsupported', 'This agent does not know the command.'))
      } else if (running.size >= maxRunning) {
        refuse(commandId, new PiccoloError('resource-exhausted', `${maxRunning} commands are under way on this node.`))
      } else if (!running.has(commandId)) {
        beginLogs(message, command)
      }
    },
    close() {
      for (const entry of running.values()) entry.stop()
      running.clear()
    },
  }
}
