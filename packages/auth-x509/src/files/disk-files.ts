import type { Disk } from '@piccolo/core/spi'
import type { PrivateFiles } from './private-files.js'

const folder = 'credentials'

/** Private files on the agent's own disk. Who may read its state directory is that disk's business. */
export function diskFiles(disk: Disk): PrivateFiles {
  const read = async (name: string, signal: AbortSignal): Promise<string | undefined> => {
    const bytes = await disk.read(`${folder}/${name}`, signal)
    return bytes === undefined ? undefined : new TextDecoder().decode(bytes)
  }
  return {
    place: `${folder} in the agent's state directory`,
    read,
    readSecret: read,
    replace: (name, text, signal) => disk.replace(`${folder}/${name}`, new TextEncoder().encode(text), signal, { mode: 0o600 }),
  }
}
