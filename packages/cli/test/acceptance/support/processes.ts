import { readdir, readFile } from 'node:fs/promises'

/** Ids of the `podman system service` processes that a process has started. */
export async function podmanServicesOf(parent: number): Promise<readonly number[]> {
  const ids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name)).map(Number)
  const found = await Promise.all(ids.map(async (id) => ((await isServiceOf(id, parent)) ? [id] : [])))
  return found.flat()
}

async function isServiceOf(id: number, parent: number): Promise<boolean> {
  try {
    const stat = await readFile(`/proc/${String(id)}/stat`, 'utf8')
    const [state, itsParent] = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    if (Number(itsParent) !== parent || state === 'Z') return false
    return (await readFile(`/proc/${String(id)}/cmdline`, 'utf8')).includes('system\0service')
  } catch {
    return false // gone in between
  }
}
