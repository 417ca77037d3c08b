import { watch, type FSWatcher } from 'node:fs'
import { join } from 'node:path'
import type { ContainerState, RuntimeEvent } from '@piccolo/core/spi'
import { isContainerId } from '../containers/container-files.js'
import { codeOf, systemError } from '../errors.js'

export interface ScopeWatchParts {
  /** The folder that has a folder for each container. */
  readonly folder: string
  list(): Promise<readonly ContainerState[]>
  inspect(id: string): Promise<ContainerState | undefined>
}

/**
 * What happens to the containers of a scope, by watching their folders: nothing runs while nothing happens. A container that
 * changes twice before it is looked at is told once, as it is then; so what waits is bounded by the number of containers.
 */
export class ScopeWatch {
  readonly #parts: ScopeWatchParts
  readonly #known = new Map<string, ContainerState>()
  readonly #watchers = new Map<string, FSWatcher>()
  readonly #touched = new Set<string>()
  #scope: FSWatcher | undefined
  #failure: Error | undefined
  #wake: () => void = () => undefined

  constructor(parts: ScopeWatchParts) {
    this.#parts = parts
  }

  /** Looks at this container again. */
  touch(id: string): void {
    this.#touched.add(id)
    this.#wake()
  }

  async *events(signal: AbortSignal): AsyncGenerator<RuntimeEvent, void, undefined> {
    const onAbort = (): void => this.#wake()
    signal.addEventListener('abort', onAbort)
    try {
      yield await this.#resync()
      while (!signal.aborted) {
        const touched = await this.#nextTouched(signal)
        for (const id of touched) {
          const event = await this.#look(id)
          if (signal.aborted) return
          if (event !== undefined) yield event
        }
      }
    } catch (error) {
      throw systemError(error, `Watching ${this.#parts.folder}`)
    } finally {
      signal.removeEventListener('abort', onAbort)
      this.#scope?.close()
      for (const watcher of this.#watchers.values()) watcher.close()
      this.#watchers.clear()
    }
  }

  /** Watches first and lists then: what happens in between is looked at once more. */
  async #resync(): Promise<RuntimeEvent> {
    this.#scope = this.#watchFolder(this.#parts.folder, (name) => {
      if (name !== null && isContainerId(name)) this.touch(name)
    })
    for (const { id } of await this.#parts.list()) this.#watchRuns(id)
    const containers = await this.#parts.list()
    for (const state of containers) {
      this.#watchRuns(state.id)
      this.#known.set(state.id, state)
    }
    return { type: 'resync', containers }
  }

  async #look(id: string): Promise<RuntimeEvent | undefined> {
    this.#watchRuns(id)
    const before = this.#known.get(id)
    const container = await this.#parts.inspect(id)
    if (container === undefined) {
      this.#watchers.get(id)?.close()
      this.#watchers.delete(id)
      this.#known.delete(id)
      return before && { type: 'removed', id, workload: before.workload, container: before.container }
    }
    this.#known.set(id, container)
    return JSON.stringify(container) === JSON.stringify(before) ? undefined : { type: 'changed', container }
  }

  #watchRuns(id: string): void {
    if (this.#watchers.has(id)) return
    try {
      this.#watchers.set(id, this.#watchFolder(join(this.#parts.folder, id, 'run'), () => this.touch(id)))
    } catch (error) {
      if (codeOf(error) !== 'ENOENT') throw error // removed already
    }
  }

  #watchFolder(folder: string, changed: (name: string | null) => void): FSWatcher {
    const watcher = watch(folder, (_type, name) => changed(name))
    watcher.on('error', (error) => {
      this.#failure ??= error
      this.#wake()
    })
    return watcher
  }

  async #nextTouched(signal: AbortSignal): Promise<readonly string[]> {
    while (this.#touched.size === 0 && !signal.aborted && this.#failure === undefined) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve
      })
    }
    if (this.#failure !== undefined) throw this.#failure
    const touched = [...this.#touched]
    this.#touched.clear()
    return touched
  }
}
