import type { CertificateAuthority, TlsIdentity } from '../spi/index.js'
import { rememberAuthority, tellOverlapEnded } from './authority-news.js'
import type { MasterContext } from './context.js'
import { backdatedMs } from './master-options.js'
import { workLoop } from './work-loop.js'

/** An authority may hand out the one before while a third of its life is left. */
const renewedAt = 0.7

export interface ServerTlsMaterial {
  readonly identity: TlsIdentity
  readonly authoritiesPem: readonly string[]
}

/** The master's own certificate: issued at the start, renewed while it runs, and made anew when the authority has changed. */
export interface ServerIdentity {
  readonly current: ServerTlsMaterial
  /** Calls `renewed` with each later one, for new connections; open ones live on. */
  onRenewed(renewed: (material: ServerTlsMaterial) => void): void
  readonly ended: Promise<void>
}

export interface ServerIdentityOptions {
  readonly authority: CertificateAuthority
  readonly names: readonly string[]
  /** Certificates end so long after this: never before a time that nodes have been told. */
  readonly issueFromMs: () => number
  readonly lifeMs: number
  readonly signal: AbortSignal
}

export async function serverIdentity(context: MasterContext, { authority, names, issueFromMs, lifeMs, signal }: ServerIdentityOptions, start: AbortSignal): Promise<ServerIdentity> {
  const { clock, cluster, logger } = context
  const listeners = new Set<(material: ServerTlsMaterial) => void>()
  const issue = async (asked: AbortSignal): Promise<ServerTlsMaterial> => {
    const identity = await authority.issueServer({ cluster, names, notBeforeMs: clock.wallMs() - backdatedMs(lifeMs), notAfterMs: issueFromMs() + lifeMs }, asked)
    return { identity, authoritiesPem: [...authority.authoritiesPem] }
  }
  let toldPin = authority.publicKeyPin
  const tell = async (): Promise<void> => {
    if (authority.publicKeyPin === toldPin) return tellOverlapEnded(context, signal)
    await rememberAuthority(context, authority, signal)
    toldPin = authority.publicKeyPin
  }
  let current = await issue(start)
  let issuedAtMs = clock.monotonicMs()
  let changed = false
  let untold = false

  let cancel: () => void = () => undefined
  const plan = (): void => {
    cancel()
    if (!signal.aborted) cancel = clock.schedule(lifeMs / 20, loop.wake)
  }
  const loop = workLoop({
    ...context, signal,
    async step() {
      if (changed || clock.monotonicMs() - issuedAtMs >= lifeMs * renewedAt) {
        const rolled = changed
        changed = false
        current = await issue(signal).catch((error: unknown) => {
          changed = true
          throw error
        })
        issuedAtMs = clock.monotonicMs()
        for (const listener of listeners) listener(current)
        logger.info({ cluster }, rolled ? 'the authority is another one: the certificate of the master was made anew' : 'the certificate of the master was renewed')
        untold ||= rolled
      }
      if (untold) await tell()
      untold = false
      plan()
    },
  })
  const forget = authority.onChange(() => {
    changed = true
    loop.wake()
  })
  signal.addEventListener('abort', () => { cancel(); forget() }, { once: true })
  plan()
  return {
    get current() {
      return current
    },
    onRenewed: (renewed) => { listeners.add(renewed) },
    ended: loop.ended,
  }
}
