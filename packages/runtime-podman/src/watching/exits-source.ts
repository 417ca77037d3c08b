import { existsSync, readFileSync, statSync, watch } from 'node:fs'
import { join } from 'node:path'
import { PiccoloError } from '@piccolo/core/spi'
import { translateFile } from '../errors.js'
import type { Source, Tidings } from './source.js'

const containerId = /^[0-9a-f]{64}$/

/**
 * Follows the directory in which conmon writes a file for each container that ends: named for the container, holding its exit
 * code. The files vanish when Podman cleans up some 30 ms later, so they are read right in the callback.
 */
export function exitsSource(directory: string, tidings: Tidings): Source {
  const failed = (cause: unknown): void => tidings.failed(translateFile(`Watching ${directory}`, cause))
  try {
    const watcher = watch(directory, { persistent: false }, (_, name) => {
      if (name === null) return tidings.doubt()
      if (containerId.test(name)) return readExit(join(directory, name), name, tidings)
      if (!existsSync(directory)) failed(new PiccoloError('unavailable', 'the directory was removed'))
    })
    watcher.on('error', failed)
    return { stop: () => watcher.close() }
  } catch (error) {
    throw translateFile(`Watching ${directory}`, error)
  }
}

function readExit(path: string, id: string, tidings: Tidings): void {
  try {
    const exitCode = Number.parseInt(readFileSync(path, 'utf8'), 10)
    if (Number.isNaN(exitCode)) return tidings.changed(id)
    // The file's time is what Podman itself takes for the end of the container.
    tidings.exited(id, { exitCode, exitedAtMs: Number(statSync(path, { bigint: true }).ctimeMs) })
  } catch {
    tidings.vanished(id)
  }
}
