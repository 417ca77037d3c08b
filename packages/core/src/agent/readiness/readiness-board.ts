import { Bell, linkedAbort } from '../../link/index.js'
import { exponentialMs } from '../../waiting/index.js'
import type { Readiness, ReadinessFinding } from '../../protocol/index.js'
import { PiccoloError } from '../../errors/index.js'
import type { Cancel, Clock, ReadinessCheck } from '../../spi/index.js'

export interface ReadinessOptions {
  readonly clock: Clock
  readonly checks: readonly ReadinessCheck[]
  /** Called after each change that is worth a message. */
  readonly onChange: (readiness: Readiness) => void
}

const checkMs = 5_000
/** How often what gives no sign of its own is looked at. */
const everyMs = 30_000
/** A node that is not fit may be mended at any moment; at first it is looked at sooner. */
const untilFit = { initialMs: 1_000, capMs: everyMs }

/** Whether this node is fit for work, and why not. It informs; it never stops what runs. */
export class ReadinessBoard {
  readonly #options: ReadinessOptions
  readonly #bell = new Bell()
  #current: Readiness | undefined
  #told: Readiness | undefined

  constructor(options: ReadinessOptions) {
    this.#options = options
  }

  /** What the checks found last; undefined until they ran once. */
  get current(): Readiness | undefined {
    return this.#current
  }

  /** The last of these that said something new. */
  get told(): Readiness | undefined {
    return this.#told
  }

  /** Something that a check looks at has changed. */
  recheck(): void {
    this.#bell.ring()
  }

  async run(signal: AbortSignal): Promise<void> {
    let misses = 0
    let cancel: Cancel = () => undefined
    this.recheck()
    while (!signal.aborted) {
      await this.#bell.wait(signal)
      cancel()
      if (signal.aborted) return
      await this.#check(signal)
      const fit = this.#current?.ready === true
      if (fit) misses = 0
      cancel = this.#options.clock.schedule(fit ? everyMs : exponentialMs(misses, untilFit), () => {
        if (!fit) misses += 1
        this.#bell.ring()
      })
    }
    cancel()
  }

  /** All at once, under one deadline. */
  async #check(signal: AbortSignal): Promise<void> {
    using limit = linkedAbort(signal)
    const over = new Promise<undefined>((resolve) => limit.signal.addEventListener('abort', () => resolve(undefined), { once: true }))
    const cancel = this.#options.clock.schedule(checkMs, () => limit.abort())
    const findings = await Promise.all(this.#options.checks.map((check) => findingOf(check, { signal: limit.signal, over })))
    cancel()
    if (signal.aborted) return
    const readiness = { ready: findings.every(({ level }) => level !== 'fail'), findings }
    this.#current = readiness
    if (saysTheSame(this.#told, readiness)) return
    this.#told = readiness
    this.#options.onChange(readiness)
  }
}

/** What a check finds, or that it found nothing until its time was over. */
async function findingOf(check: ReadinessCheck, { signal, over }: { readonly signal: AbortSignal; readonly over: Promise<undefined> }): Promise<ReadinessFinding> {
  const { name } = check
  try {
    const finding = await Promise.race([check.run(signal), over])
    return { check: name, ...(finding ?? { level: 'fail', reason: `The readiness check ${name} took longer than ${checkMs} ms.` }) }
  } catch (error) {
    return { check: name, level: 'fail', reason: PiccoloError.from(error).message }
  }
}

/** Figures in reasons move all the time; only another level or another reason is worth a message. */
function saysTheSame(a: Readiness | undefined, b: Readiness): boolean {
  const gist = ({ level, reason }: ReadinessFinding): string => `${level} ${reason.replace(/\d+/g, '#')}`
  return a !== undefined && a.findings.every((finding, index) => {
    const other = b.findings[index]
    return other !== undefined && gist(finding) === gist(other)
  })
}
