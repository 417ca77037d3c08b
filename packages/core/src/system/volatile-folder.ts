import { createHash } from 'node:crypto'
import { lstatSync, mkdirSync, readdirSync, realpathSync, rmSync, statfsSync } from 'node:fs'
import { join } from 'node:path'
import { bootId } from './boot-id.js'
import { ownPrefix } from './durable-files.js'

const memoryBackedTypes: readonly number[] = [0x01021994 /* tmpfs */, 0x858458f6 /* ramfs */]

/**
 * A private folder that belongs to this directory and this boot: in memory where the machine has it, so that what is written
 * often wears no flash; else inside the directory itself. What an earlier boot left is removed.
 */
export function volatileFolder(directory: string, memoryFolders: readonly string[] = standardMemoryFolders()): string {
  mkdirSync(directory, { recursive: true, mode: 0o700 })
  const key = createHash('sha256').update(realpathSync(directory)).digest('hex').slice(0, 20)
  for (const base of memoryFolders) {
    const folder = memoryBacked(base) ? privateFolder(join(base, `piccolo-${userId()}`)) : undefined
    if (folder !== undefined) return folderOfThisBoot(folder, key)
  }
  return folderOfThisBoot(directory, `${ownPrefix}volatile`)
}

function standardMemoryFolders(): readonly string[] {
  const ofUser = process.env['XDG_RUNTIME_DIR']
  return [...(ofUser === undefined || ofUser === '' ? [] : [ofUser]), '/run', '/dev/shm']
}

function folderOfThisBoot(parent: string, key: string): string {
  const name = `${key}-${bootId()}`
  for (const other of readdirSync(parent)) {
    if (other.startsWith(`${key}-`) && other !== name) rmSync(join(parent, other), { recursive: true, force: true })
  }
  const folder = join(parent, name)
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  return folder
}

/** The folder, if it is or can be made ours alone: others may write to where it is, and could have put one there first. */
function privateFolder(folder: string): string | undefined {
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 })
    const found = lstatSync(folder)
    return found.isDirectory() && found.uid === userId() && (found.mode & 0o077) === 0 ? folder : undefined
  } catch {
    return undefined
  }
}

function memoryBacked(folder: string): boolean {
  try {
    return memoryBackedTypes.includes(statfsSync(folder).type)
  } catch {
    return false
  }
}

function userId(): number {
  return process.getuid?.() ?? 0
}
