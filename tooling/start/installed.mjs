import { readFileSync } from 'node:fs'
import { join } from 'node:path'

/** Is everything the lock file names in node_modules, at that version? npm writes its own list of what is there last, so a broken-off install shows. */
export function installed(directory) {
  const wanted = packagesOf(join(directory, 'package-lock.json'))
  const present = packagesOf(join(directory, 'node_modules/.package-lock.json'))
  if (wanted === undefined || present === undefined) return false
  return Object.entries(wanted).every(([path, entry]) => {
    if (!path.includes('node_modules/') || entry.link) return true
    // Optional ones for another platform are left out by npm.
    if (present[path] === undefined) return entry.optional === true
    return present[path].version === entry.version
  })
}

function packagesOf(path) {
  try {
    return JSON.parse(readFileSync(path, 'utf8')).packages
  } catch {
    return undefined
  }
}
