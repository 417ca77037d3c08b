import { readFileSync } from 'node:fs'
import { run } from './run.mjs'

/** What the tests use beyond Node, by its Debian name. */
const wanted = [
  ...['podman', 'runc', 'conmon', 'netavark', 'aardvark-dns', 'catatonit'],
  ...['uidmap', 'fuse-overlayfs', 'slirp4netns', 'iproute2', 'iptables', 'nftables', 'busybox-static'],
  ...['etcd-server', 'etcd-client'],
]

/** Root on a Debian or one of its children: there what is missing can be installed without asking. */
export function mayInstall() {
  return process.getuid?.() === 0 && /^ID(_LIKE)?=.*\b(debian|ubuntu)\b/m.test(osRelease())
}

/** Installs the wanted packages that are missing; says on stderr what it did. False when apt failed. */
export async function installFromDebian() {
  const missing = await missingPackages()
  if (missing.length === 0) return true
  console.log(`Installing ${missing.join(' ')}`)
  const quiet = { show: 'inherit', extraEnvironment: { DEBIAN_FRONTEND: 'noninteractive' } }
  const update = await run('apt-get', ['update', '-qq', '-o', 'Acquire::Retries=3'], quiet)
  if (update.code !== 0) console.error('apt-get update failed; trying with the lists that are here.')
  const install = await run('apt-get', ['install', '-y', '-qq', '--no-install-recommends', '-o', 'Acquire::Retries=3', ...missing], quiet)
  if (install.code !== 0) console.error(`→ Install them by hand: apt-get install --no-install-recommends ${missing.join(' ')}`)
  return install.code === 0
}

async function missingPackages() {
  const { output } = await run('dpkg-query', ['-W', '-f', '${db:Status-Status} ${Package}\n', ...wanted])
  const present = new Set(output.split('\n').flatMap((line) => (line.startsWith('installed ') ? [line.slice('installed '.length)] : [])))
  return wanted.filter((name) => !present.has(name))
}

function osRelease() {
  try {
    return readFileSync('/etc/os-release', 'utf8')
  } catch {
    return ''
  }
}
