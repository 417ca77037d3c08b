import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { Cancel, Clock, RuntimeScope } from '@piccolo/core/spi'
import type { PodmanSettings } from '../options.js'
import { eventLogSource } from './event-log-source.js'
import { eventStreamSource } from './event-stream-source.js'
import { exitsSource } from './exits-source.js'
import type { Source, Tidings } from './source.js'

/** Podman writes an event before it answers; later than this, it writes it somewhere else. */
const proofWithinMs = 2_000

export interface SourcesContext {
  readonly clock: Clock
  readonly settings: PodmanSettings
  readonly scope: RuntimeScope
  /** Where the engine keeps its events, e.g. `file` or `journald`; takes a fifth of a second to find out. */
  eventLogger(): Promise<string>
}

/** Sources of which an event can be demanded. */
export interface ProvableSource extends Source {
  /** This runtime has just changed a container: a log that does not tell of it is the wrong one, and is done without. */
  demandProof(): void
}

/** Opens what tells of containers: files where Podman keeps any, a process only where it does not. */
export async function openSources({ clock, settings, scope, eventLogger }: SourcesContext, tidings: Tidings): Promise<ProvableSource> {
  const sources: Source[] = []
  let stopped = false
  /** Known to be the right sources: the log told of something, or the process is there. */
  let settled = false
  let cancelProof: Cancel | undefined
  const add = (source: Source): void => {
    if (stopped) source.stop()
    else sources.push(source)
  }
  const stop = (): void => {
    stopped = true
    cancelProof?.()
    for (const source of sources.splice(0)) source.stop()
  }
  const useStream = (): void => {
    if (stopped || settled) return
    settled = true
    add(eventStreamSource(settings, scope, tidings))
  }
  const distrustLog = (): void => {
    if (stopped || settled) return
    useStream()
    tidings.doubt()
  }
  const proving = (tell: (id: string) => void) => (id: string): void => {
    settled = true
    tell(id)
  }

  try {
    // Podman's inner layout: used where it is found, done without where it is not.
    const directory = settings.temporaryDirectories.find((candidate) => existsSync(join(candidate, 'exits')))
    if (directory !== undefined) add(exitsSource(join(directory, 'exits'), tidings))
    const log = directory === undefined ? undefined : join(directory, 'events', 'events.log')
    if (log !== undefined && (existsSync(log) || (existsSync(join(log, '..')) && (await eventLogger()) === 'file'))) {
      add(await eventLogSource(log, scope, {
        ...forwarding(tidings), changed: proving((id) => tidings.changed(id)), removed: proving((id) => tidings.removed(id)),
      }))
      // Asked behind the first look, which need not wait: a log that is there may be left over from other settings.
      void eventLogger().then((logger) => { if (logger !== 'file') distrustLog() }, () => undefined)
    } else {
      useStream()
    }
  } catch (error) {
    stop()
    throw error
  }
  return {
    stop,
    demandProof() {
      if (!settled && !stopped) cancelProof ??= clock.schedule(proofWithinMs, distrustLog)
    },
  }
}

function forwarding(tidings: Tidings): Tidings {
  return {
    exited: (id, exit) => tidings.exited(id, exit),
    changed: (id) => tidings.changed(id),
    removed: (id) => tidings.removed(id),
    imagesCame: () => tidings.imagesCame(),
    vanished: (id) => tidings.vanished(id),
    doubt: () => tidings.doubt(),
    failed: (error) => tidings.failed(error),
  }
}
