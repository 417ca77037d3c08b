import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import type { RuntimeScope } from '@piccolo/core/spi'
import { translateFailure, translateSpawn } from '../errors.js'
import type { PodmanSettings } from '../options.js'
import { readEventLine } from './event-line.js'
import type { Source, Tidings } from './source.js'

const complaintsBytes = 4_096
const overlapSeconds = 2

/**
 * Follows `podman events`: a process that stays, for engines that keep their events where no file tells of them. Images have no
 * labels that Podman could filter by, so what is not ours is left out here.
 */
export function eventStreamSource({ binary, globalArguments, environment }: PodmanSettings, scope: RuntimeScope, tidings: Tidings): Source {
  // From a little before now on: what happens while the process is starting must not be missed, and told twice it does no harm.
  const since = String(Math.floor(Date.now() / 1_000) - overlapSeconds)
  const child = spawn(binary, [...globalArguments, 'events', '--since', since, '--format', 'json', '--filter', 'type=container', '--filter', 'type=image'], {
    env: { ...process.env, ...environment }, stdio: ['ignore', 'pipe', 'pipe'],
  })
  let complaints = ''
  let stopped = false
  child.stderr.setEncoding('utf8').on('data', (text: string) => { complaints = (complaints + text).slice(-complaintsBytes) })
  createInterface({ input: child.stdout }).on('line', (line) => readEventLine(line, scope, tidings))
  child.once('error', (error) => { if (!stopped) tidings.failed(translateSpawn(binary, error)) })
  child.once('exit', () => { if (!stopped) tidings.failed(translateFailure({ doing: 'Following `podman events`', text: complaints })) })
  return {
    stop() {
      stopped = true
      // Through a child that could not be started, Node would signal its own process group.
      if (child.pid !== undefined) child.kill('SIGTERM')
    },
  }
}
