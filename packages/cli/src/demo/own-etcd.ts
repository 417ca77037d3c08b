import { execFile } from 'node:child_process'
import { generateKeyPairSync } from 'node:crypto'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { PiccoloError, type Logger, type TlsIdentity } from '@piccolo/core/spi'
import { systemClock, systemRandom } from '@piccolo/core/system'
import type { LocalEtcd, LocalEtcdOptions, LocalEtcdTls } from '@piccolo/store-etcd'
import type { DemoOptions } from '../demo-options.js'
import { install, mayInstall } from './debian.js'

const run = promisify(execFile)
const silent: Logger = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined }

/** The authority's own word for what it signs for; nobody else ever sees it. */
const cluster = 'etcd'
const dayMs = 24 * 3_600_000

/** An etcd of one's own, into which nobody gets who can't read its directory. */
export interface OwnEtcd extends Pick<LocalEtcd, 'endpoint' | 'signal' | 'kill' | 'stop'> {
  /** With which `piccolo master` keeps its state there. */
  readonly masterArguments: readonly string[]
  /** Starts it again after it was killed, over the same data at the same address. */
  restart(): Promise<void>
}

/** Installs etcd where there is none and that may be done; throws `failed-precondition` where it is missing all the same. */
export async function needEtcd(options: Pick<DemoOptions, 'yes' | 'json' | 'host'>): Promise<void> {
  if (await isThere()) return
  if (await mayInstall(options, 'etcd is not installed. Install it from Debian?')) await install(options.host, ['etcd-server', 'etcd-client'])
  if (!(await isThere())) throw new PiccoloError('failed-precondition', 'This machine has no etcd. On Debian, as root: apt-get install etcd-server, or run the demo with --yes.')
}

/** Starts one on free ports of the loopback address, with everything it needs in `directory`. */
export async function ownEtcd(options: Pick<LocalEtcdOptions, 'directory' | 'onSpawn'>): Promise<OwnEtcd> {
  const { directory } = options
  await mkdir(directory, { recursive: true, mode: 0o700 })
  const { localEtcd } = await import('@piccolo/store-etcd')
  const { server: tls, client } = await certificates(directory)
  const shown = ['--etcd-ca', client.authorityFile, '--etcd-cert', client.certificateFile, '--etcd-key', client.privateKeyFile]
  let etcd = await localEtcd({ ...options, tls })
  return {
    endpoint: etcd.endpoint,
    masterArguments: ['--store', 'etcd', '--etcd-endpoints', etcd.endpoint, ...shown],
    signal: (name) => etcd.signal(name),
    kill: () => etcd.kill(),
    stop: () => etcd.stop(),
    async restart() {
      etcd = await localEtcd({ ...options, tls, ports: etcd.ports })
    },
  }
}

async function isThere(): Promise<boolean> {
  return run('etcd', ['--version'], { timeout: 20_000 }).then(() => true, () => false)
}

/** For one day: the etcd's, and the one that a master shows to it. */
async function certificates(directory: string): Promise<{ readonly server: LocalEtcdTls; readonly client: LocalEtcdTls }> {
  const [{ x509Auth }, { createCsr }] = await Promise.all([import('@piccolo/auth-x509'), import('@piccolo/auth-x509/agent')])
  const authority = x509Auth({ directory: join(directory, 'ca') }).authority({ clock: systemClock, random: systemRandom, logger: silent })
  const signal = AbortSignal.timeout(20_000)
  await authority.open({ cluster }, signal)
  try {
    const validity = { notBeforeMs: systemClock.wallMs() - 60_000, notAfterMs: systemClock.wallMs() + dayMs }
    const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
    const { certificateChainPem } = await authority.issueNode({ cluster, nodeId: 'master', csr: createCsr(privateKey), ...validity }, signal)
    const authoritiesPem = authority.authoritiesPem.join('')
    return {
      server: await filesOf(join(directory, 'server'), authoritiesPem, await authority.issueServer({ cluster, names: ['127.0.0.1'], ...validity }, signal)),
      client: await filesOf(join(directory, 'client'), authoritiesPem, { certificateChainPem, privateKeyPem: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString() }),
    }
  } finally {
    await authority.close()
  }
}

async function filesOf(path: string, authoritiesPem: string, { certificateChainPem, privateKeyPem }: TlsIdentity): Promise<LocalEtcdTls> {
  const files = { authorityFile: `${path}-ca.pem`, certificateFile: `${path}.pem`, privateKeyFile: `${path}.key` }
  await writeFile(files.authorityFile, authoritiesPem)
  await writeFile(files.certificateFile, certificateChainPem)
  await writeFile(files.privateKeyFile, privateKeyPem, { mode: 0o600 })
  return files
}
