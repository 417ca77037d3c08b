import { accessSync, constants, statSync } from 'node:fs'
import { resolve } from 'node:path'

/** Where programs are looked for unless a container's environment says otherwise. */
export const standardPath = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'

/** The file that a command names, as a shell in `folder` would find it. */
export function findProgram(command: string, { path, folder }: { readonly path: string; readonly folder: string }): string | undefined {
  const folders = command.includes('/') ? [''] : path.split(':')
  return folders.map((from) => resolve(folder, from, command)).find(isProgram)
}

function isProgram(file: string): boolean {
  try {
    accessSync(file, constants.X_OK)
    return statSync(file).isFile()
  } catch {
    return false
  }
}
