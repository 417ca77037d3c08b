import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'

/** What tells this boot from every other one. */
export function readBootId(): string {
  try {
    return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()
  } catch {
    return process.platform === 'darwin' ? execFileSync('/usr/sbin/sysctl', ['-n', 'kern.bootsessionuuid'], { encoding: 'utf8', timeout: 5_000 }).trim() : 'unknown'
  }
}
