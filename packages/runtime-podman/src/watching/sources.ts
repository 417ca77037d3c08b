import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { RuntimeScope } from '@piccolo/core/spi'
import type { PodmanSettings } from '../options.js'
import { eventLogSource } from './event-log-source.js'
import { eventStreamSource } from './event-stream-source.js'
import { exitsSource } from './exits-source.js'
import type { Source, Tidings } from './source.js'

export interface SourcesContext {
  readonly settings: PodmanSettings
  readonly scope: RuntimeScope
  /** Where the engine keeps its events, e.g. `file` or `journald`; takes a fifth of a second to find out. */
  eventLogger(): Promise<string>
}

/** Opens what tells of containers: files where Podman keeps any, a process only where it does not. */
export async function openSources({ settings, scope, eventLogger }: SourcesContext, tidings: Tidings): Promise<Source> {
  const sources: Source[] = []
  let stopped = false
  const add = (source: Source): void => {
    if (stopped) source.stop()
    else sources.push(source)
  }
  const stop = (): void => {
    stopped = true
    for (const source of sources.splice(0)) source.stop()
  }
  const stream = (): void => add(eventStreamSource(settings, scope, tidings))

  try {
    // Podman's inner layout: used where it is found, done without where it is not.
    const directory = settings.temporaryDirectories.find((candidate) => existsSync(join(candidate, 'exits')))
    if (directory !== undefined) add(exitsSource(join(directory, 'exits'), tidings))
    const log = directory === undefined ? undefined : join(directory, 'events', 'events.log')
    const logIsThere = log !== undefined && existsSync(log)
    if (log !== undefined && (logIsThere || ((await eventLogger()) === 'file' && existsSync(join(log, '..'))))) {
      add(await eventLogSource(log, scope, tidings))
      if (logIsThere) void confirmLogger()
    } else {
      stream()
    }
    return { stop }
  } catch (error) {
    stop()
    throw error
  }

  /** A log that is there may be a left-over of other settings. Asked behind the first look, which need not wait for it. */
  async function confirmLogger(): Promise<void> {
    const logger = await eventLogger().catch(() => 'file') // the next look fails as well, and says why
    if (logger === 'file' || stopped) return
    stream()
    tidings.doubt()
  }
}
