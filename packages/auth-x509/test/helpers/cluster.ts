import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { AdapterContext, CertificateAuthority, Disk, NodeCredentials, NodeCredentialsContext } from '@piccolo/core/spi'
import { PiccoloError } from '@piccolo/core/spi'
import { manualClock, seededRandom, silentLogger, type ManualClock } from '@piccolo/testing'
import { installIntermediate, requestIntermediate, rollAuthority, signIntermediate, x509Authority } from '@piccolo/auth-x509'
import { x509Credentials, type X509CredentialsOptions } from '@piccolo/auth-x509/agent'

export const { signal } = new AbortController()
export const hourMs = 3_600_000
export const dayMs = 24 * hourMs

/** The time that certificates are made for and judged at; the machine's own, because TLS itself knows no other. */
export const nowMs = Date.now()

let seed = 1
export function contextAt(wallMs = nowMs): AdapterContext {
  return { clock: manualClock(wallMs), random: seededRandom(seed++), logger: silentLogger }
}

export async function temporaryDirectory(): Promise<{ readonly path: string; remove(): Promise<void> }> {
  const path = await mkdtemp(join(tmpdir(), 'piccolo-auth-'))
  return { path, remove: () => rm(path, { recursive: true, force: true }) }
}

export async function openAuthority(directory: string, cluster = 'demo'): Promise<CertificateAuthority> {
  const authority = x509Authority({ directory })(contextAt())
  await authority.open({ cluster }, signal)
  return authority
}

/** Rolls the authority in the directory as another process would, and resolves once the open one has noticed by itself. */
export async function rollNoticed(directory: string, { authority, clock }: Watched, options: { readonly overlapMs?: number } = {}): Promise<void> {
  await rollAuthority({ directory, nowMs: clock.wallMs(), ...options }, signal)
  const noticed = new Promise<void>((resolve) => {
    const cancel = authority.onChange(() => {
      cancel()
      resolve()
    })
  })
  await clock.advance(5_000)
  await noticed
}

/** Has the owner of the root, made when it is missing, let the master's authority sign for it; again, with a new key. */
export async function entrust({ root, master, cluster = 'demo' }: { readonly root: string; readonly master: string; readonly cluster?: string }): Promise<{ readonly publicKeyPin: string }> {
  const { requestPem } = await requestIntermediate({ directory: master, cluster }, signal)
  const { certificatesPem } = await signIntermediate({ directory: root, request: requestPem, nowMs, createRoot: true }, signal)
  return installIntermediate({ directory: master, certificatesPem }, signal)
}

export interface Watched {
  readonly authority: CertificateAuthority
  readonly clock: ManualClock
}

/** One that is open, and its clock. */
export async function watchedAuthority(directory: string, cluster = 'demo'): Promise<Watched> {
  const watched = unopened(directory)
  await watched.authority.open({ cluster }, signal)
  return watched
}

export function unopened(directory: string): Watched {
  const clock = manualClock(nowMs)
  return { authority: x509Authority({ directory })({ ...contextAt(), clock }), clock }
}

export function credentialsOf(options: X509CredentialsOptions, disk: Disk = noDisk): NodeCredentials {
  const context: NodeCredentialsContext = { ...contextAt(), disk }
  return x509Credentials(options)(context)
}

export const tokenFor = (pin: string): string => `pcl1.0123456789ab.${'5a'.repeat(20)}.${pin}`

const ninetyDays = { notBeforeMs: nowMs - hourMs, notAfterMs: nowMs + 90 * dayMs }

/** What the master does with an enrolment or a renewal. */
export async function issue(authority: CertificateAuthority, csr: Uint8Array, { cluster = 'demo', nodeId = 'zone-a', validity = ninetyDays } = {}): Promise<Parameters<NodeCredentials['accept']>[0]> {
  const { certificateChainPem } = await authority.issueNode({ cluster, nodeId, csr, ...validity }, signal)
  return { cluster, nodeId, certificateChainPem, authoritiesPem: authority.authoritiesPem }
}

export async function enrol(credentials: NodeCredentials, authority: CertificateAuthority): Promise<void> {
  const { csr } = await credentials.enrolment(signal)
  await credentials.accept(await issue(authority, csr), signal)
}

const unused = (): never => {
  throw new PiccoloError('internal', 'These credentials were given a directory of their own and must not touch the disk.')
}
export const noDisk: Disk = {
  read: unused, replace: unused, append: unused, sync: unused, remove: unused, list: unused, watch: unused, lock: unused, free: unused,
  get volatile(): Disk {
    return noDisk
  },
}
