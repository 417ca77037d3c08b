import { constants } from 'node:fs'
import { chmod, chown, mkdir, open, readdir, readFile, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { ContainerLimits, RuntimeScope } from '@piccolo/core/spi'
import { orAbsent } from '../errors.js'
import { supervisorScript } from './scripts.js'

/** What a container is made from; kept as `container.json`. */
export interface ContainerRecord {
  readonly format: 1
  readonly id: string
  readonly cluster: string
  readonly node: string
  readonly name: string
  readonly workload: string
  readonly container: string
  readonly specDigest: string
  readonly limits: ContainerLimits
  readonly user?: { readonly uid: number; readonly gid: number }
  /** Whether the command's standard input stays open; else it is empty. */
  readonly stdin: boolean
}

/**
 * The containers of one scope, a folder each:
 * `container.json`, `trouble` with what the supervisor complained of, `run/` with what it reads and writes, `logs/` with what the
 * command printed. The last two belong to the container's user. A folder under its own name is complete: it is made and unmade under another.
 */
export class ContainerFiles {
  readonly folder: string
  readonly #scope: RuntimeScope

  constructor(directory: string, scope: RuntimeScope) {
    // "@" is not left in encoded names, so two scopes never share a folder.
    this.folder = join(directory, `${encodeURIComponent(scope.cluster)}@${encodeURIComponent(scope.node)}`)
    this.#scope = scope
  }

  of(id: string): string {
    return join(this.folder, id)
  }

  /** Makes the scope's folder, and removes what a killed agent left half-made or half-removed. */
  async prepare(): Promise<void> {
    await mkdir(this.folder, { recursive: true, mode: 0o700 })
    const names = await readdir(this.folder)
    for (const name of names) if (/^\.(new|gone)-/.test(name)) await rm(join(this.folder, name), { recursive: true, force: true })
  }

  async ids(): Promise<readonly string[]> {
    return (await readdir(this.folder)).filter(isContainerId).sort()
  }

  /** Undefined as well for what is not ours, or not whole. */
  async record(id: string): Promise<ContainerRecord | undefined> {
    if (!isContainerId(id)) return undefined
    const text = await orAbsent(readFile(join(this.of(id), 'container.json'), 'utf8'))
    const record = text === undefined ? undefined : parseRecord(text)
    return record?.cluster === this.#scope.cluster && record.node === this.#scope.node ? record : undefined
  }

  async make(record: ContainerRecord, command: string): Promise<void> {
    const folder = join(this.folder, `.new-${record.id}`)
    try {
      await mkdir(folder)
      await chmod(folder, 0o711) // the container's user passes through
      await write(join(folder, 'container.json'), JSON.stringify(record))
      for (const name of ['run', 'logs']) await mkdir(join(folder, name), { mode: 0o700 })
      await write(join(folder, 'run/supervisor'), supervisorScript)
      await write(join(folder, 'run/command'), command)
      const { user } = record
      if (user !== undefined) for (const name of ['run', 'logs', 'run/supervisor', 'run/command']) await chown(join(folder, name), user.uid, user.gid)
      for (const name of ['run', 'logs', '.']) await sync(join(folder, name))
      await rename(folder, this.of(record.id))
    } catch (error) {
      await rm(folder, { recursive: true, force: true }).catch(() => undefined)
      throw error
    }
    await sync(this.folder)
  }

  async unmake(id: string): Promise<void> {
    const gone = join(this.folder, `.gone-${id}`)
    await orAbsent(rename(this.of(id), gone))
    // What was killed just now may still be writing a last file while its folder is emptied.
    await rm(gone, { recursive: true, force: true, maxRetries: 10, retryDelay: 20 })
  }
}

export function isContainerId(name: string): boolean {
  return /^[0-9a-f]{32}$/.test(name)
}

async function write(path: string, text: string): Promise<void> {
  const handle = await open(path, 'wx', 0o600)
  try {
    await handle.writeFile(text)
    await handle.sync()
  } finally {
    await handle.close()
  }
}

async function sync(folder: string): Promise<void> {
  const handle = await open(folder, constants.O_RDONLY)
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}

/** Checks what is relied on; written by `make`, so the rest is as declared. */
function parseRecord(text: string): ContainerRecord | undefined {
  try {
    const record = JSON.parse(text) as ContainerRecord | null
    return record?.format === 1 && typeof record.id === 'string' ? record : undefined
  } catch {
    return undefined
  }
}
