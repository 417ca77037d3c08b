import { spawn, type ChildProcess } from 'node:child_process'
import { closeSync, openSync } from 'node:fs'
import { mkdir, readFile } from 'node:fs/promises'
import { createServer, type AddressInfo } from 'node:net'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { PiccoloError } from '@piccolo/core/spi'

export interface LocalEtcdOptions {
  /** Its data and its log go in here. Started again over the same directory, it has what it had. */
  readonly directory: string
  /** Default `etcd`, from the PATH. */
  readonly binary?: string
  /** Default: free ones. */
  readonly ports?: LocalEtcdPorts
  /** Files for TLS; whoever connects then needs a certificate of the same authority. Default: everybody on this machine gets in. */
  readonly tls?: LocalEtcdTls
  /** Further arguments; what is said twice counts as it is said here. */
  readonly arguments?: readonly string[]
  /** Called with its process id before anything else can happen to it. */
  readonly onSpawn?: (pid: number) => Promise<void> | void
}

export interface LocalEtcdTls {
  readonly authorityFile: string
  readonly certificateFile: string
  readonly privateKeyFile: string
}

/** On 127.0.0.1: for clients, for other members, and for those who ask how it is (`/health`, `/metrics`). */
export interface LocalEtcdPorts {
  readonly client: number
  readonly peer: number
  readonly health: number
}

/** An etcd that we started, ended by its id. */
export interface LocalEtcd {
  readonly endpoint: string
  readonly ports: LocalEtcdPorts
  readonly pid: number
  /** Sends a signal. */
  signal(name: 'SIGSTOP' | 'SIGCONT'): void
  /** SIGKILL; resolves when it is gone. */
  kill(): Promise<void>
  /** SIGTERM, and SIGKILL after ten seconds; resolves when it is gone. */
  stop(): Promise<void>
}

const readyMs = 30_000
const stopMs = 10_000

/** Starts an etcd on the loopback address, for demos and tests; resolves once it answers. Keeps an hour of history. Throws `unavailable` with the end of its log. */
export async function localEtcd(options: LocalEtcdOptions): Promise<LocalEtcd> {
  const { directory, binary = 'etcd', onSpawn } = options
  await mkdir(directory, { recursive: true, mode: 0o700 })
  const ports = options.ports ?? (await freePorts())
  const logFile = join(directory, 'etcd.log')
  const log = openSync(logFile, 'w', 0o600)
  // A group of its own: Ctrl-C reaches whoever started it, and that ends it.
  const child = spawn(binary, argumentsOf(options, ports), { stdio: ['ignore', log, log], detached: true })
  closeSync(log)
  const ended = new Promise<void>((resolve) => {
    child.once('exit', () => resolve())
    child.once('error', () => resolve())
  })
  try {
    if (child.pid !== undefined) await onSpawn?.(child.pid)
    await answers(child, ended, ports)
  } catch (error) {
    // Through a child that could not be started, Node would signal its own process group.
    if (child.pid !== undefined) child.kill('SIGKILL')
    await ended
    throw await startFailed(binary, logFile, error)
  }
  return {
    endpoint: clientUrl(options, ports),
    ports,
    pid: child.pid ?? 0,
    signal: (name) => void child.kill(name),
    async kill() {
      child.kill('SIGKILL')
      await ended
    },
    async stop() {
      child.kill('SIGTERM')
      const timer = setTimeout(() => child.kill('SIGKILL'), stopMs)
      await ended
      clearTimeout(timer)
    },
  }
}

function clientUrl({ tls }: LocalEtcdOptions, { client }: LocalEtcdPorts): string {
  return `${tls === undefined ? 'http' : 'https'}://127.0.0.1:${client}`
}

function argumentsOf(options: LocalEtcdOptions, ports: LocalEtcdPorts): readonly string[] {
  const { directory, tls, arguments: further = [] } = options
  const client = clientUrl(options, ports)
  const peer = `${tls === undefined ? 'http' : 'https'}://127.0.0.1:${ports.peer}`
  const tlsArguments = ({ authorityFile, certificateFile, privateKeyFile }: LocalEtcdTls): readonly string[] => ['', 'peer-'].flatMap((side) => [
    `--${side}client-cert-auth`, `--${side}trusted-ca-file=${authorityFile}`, `--${side}cert-file=${certificateFile}`, `--${side}key-file=${privateKeyFile}`,
  ])
  return [
    `--data-dir=${join(directory, 'data')}`, '--logger=zap', '--log-outputs=stderr',
    `--listen-client-urls=${client}`, `--advertise-client-urls=${client}`, `--listen-metrics-urls=http://127.0.0.1:${ports.health}`,
    `--listen-peer-urls=${peer}`, `--initial-advertise-peer-urls=${peer}`, `--initial-cluster=default=${peer}`,
    '--auto-compaction-mode=periodic', '--auto-compaction-retention=1h',
    ...(tls === undefined ? [] : tlsArguments(tls)),
    ...further,
  ]
}

async function answers(child: ChildProcess, ended: Promise<void>, { health }: LocalEtcdPorts): Promise<void> {
  const deadlineMs = performance.now() + readyMs
  while (performance.now() < deadlineMs) {
    if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) throw new Error('it ended')
    const response = await fetch(`http://127.0.0.1:${health}/health`).catch(() => undefined)
    if (response?.ok === true) return
    await Promise.race([sleep(20), ended])
  }
  throw new Error(`it did not answer within ${readyMs / 1000} s`)
}

async function startFailed(binary: string, logFile: string, cause: unknown): Promise<PiccoloError> {
  const log = (await readFile(logFile, 'utf8').catch(() => '')).trimEnd().split('\n').slice(-5).join('\n')
  if (log === '') return new PiccoloError('failed-precondition', `There is no program ${binary}. On Debian: apt-get install etcd-server.`, { cause })
  return new PiccoloError('unavailable', `${binary} did not start: ${String(cause)}. The end of its log (${logFile}):\n${log}`, { cause })
}

/** All at once, so that they differ. */
async function freePorts(): Promise<LocalEtcdPorts> {
  const servers = await Promise.all(Array.from({ length: 3 }, listening))
  const [client = 0, peer = 0, health = 0] = servers.map((server) => (server.address() as AddressInfo).port) // they listen on TCP
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))))
  return { client, peer, health }
}

function listening(): Promise<ReturnType<typeof createServer>> {
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.once('error', reject)
    server.listen(0, '127.0.0.1', () => resolve(server))
  })
}
