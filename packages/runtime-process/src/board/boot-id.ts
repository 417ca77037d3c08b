import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'

/** What tells this boot from every other one; `unknown` where the system does not say: then a process is known by when it began alone. */
export function readBootId(): string {
  try {
    return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()
  } catch {
    return process.platform === 'darwin' ? darwinBootId() : 'unknown'
  }
}

/** macOS tells it through sysctl only. */
function darwinBootId(): string {
  try {
    return execFileSync('/usr/sbin/sysctl', ['-n', 'kern.bootsessionuuid'], { encoding: 'utf8', timeout: 5_000 }).trim()
  } catch {
    return 'unknown'
  }
}
