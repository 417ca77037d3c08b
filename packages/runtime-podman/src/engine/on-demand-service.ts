import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { closeSync, openSync } from 'node:fs'
import { readFile, rm } from 'node:fs/promises'
import { Agent } from 'node:http'
import { connect } from 'node:net'
import { join } from 'node:path'
import type { Clock } from '@piccolo/core/spi'
import { PiccoloError } from '@piccolo/core/spi'
import { translateFailure, translateSpawn } from '../errors.js'
import type { PodmanSettings } from '../options.js'

/** A running `podman system service`, good for requests until it is `stale`. */
export interface ServiceInstance {
  readonly socketPath: string
  readonly agent: Agent
  inFlight: number
  lastUsedMs: number
}

const startDeadlineMs = 20_000
const attemptEveryMs = 2
/** The service counts its idle time for itself; a request must not meet it on its way out. */
const marginMs = 1_000

/** Podman's REST service, there only while it is needed: started by the first request, gone by itself soon after the last. */
export class OnDemandService {
  readonly #settings: PodmanSettings
  readonly #clock: Clock
  #instance: ServiceInstance | undefined
  #starting: Promise<ServiceInstance> | undefined
  #stop: (() => void) | undefined
  #open = false

  constructor(settings: PodmanSettings, clock: Clock) {
    this.#settings = settings
    this.#clock = clock
  }

  /** Allows requests; nothing is started yet. */
  open(): void {
    this.#open = true
  }

  /** A service that answers, started if need be. Give it back with `release`. */
  async acquire(): Promise<ServiceInstance> {
    if (!this.#open) throw new PiccoloError('failed-precondition', 'The Podman runtime is not open: call open() first.')
    const instance = this.#fresh() ?? (await (this.#starting ??= this.#start().finally(() => { this.#starting = undefined })))
    instance.inFlight += 1
    return instance
  }

  release(instance: ServiceInstance): void {
    instance.inFlight -= 1
    instance.lastUsedMs = this.#clock.monotonicMs()
  }

  /** The next request starts a new service. */
  forget(instance: ServiceInstance): void {
    if (this.#instance !== instance) return
    this.#instance = undefined
    instance.agent.destroy()
  }

  /** Lets go of the service: at once when nobody uses it, else it ends by itself. */
  close(): void {
    this.#open = false
    const instance = this.#instance
    if (instance === undefined) return
    if (instance.inFlight === 0) this.#stop?.()
    this.forget(instance)
  }

  #fresh(): ServiceInstance | undefined {
    const instance = this.#instance
    if (instance === undefined) return undefined
    const idleMs = instance.inFlight > 0 ? 0 : this.#clock.monotonicMs() - instance.lastUsedMs
    if (idleMs < this.#settings.serviceIdleSeconds * 1_000 - marginMs) return instance
    this.forget(instance)
    return undefined
  }

  async #start(): Promise<ServiceInstance> {
    const { binary, globalArguments, environment, socketDirectory, serviceIdleSeconds } = this.#settings
    const socketPath = join(socketDirectory, `podman-${process.pid}-${randomBytes(3).toString('hex')}.sock`)
    const complaints = `${socketPath}.log`
    // A file rather than a pipe: the service must be able to finish its work, and complain, when this process is gone.
    const log = openSync(complaints, 'w', 0o600)
    const child = spawn(binary, [...globalArguments, 'system', 'service', `--time=${serviceIdleSeconds}`, `unix://${socketPath}`], {
      env: { ...process.env, ...environment }, stdio: ['ignore', 'ignore', log], detached: true,
      // Inherited by conmon, which leaves a file called `oom` where it stands when a container runs out of memory.
      cwd: socketDirectory,
    })
    closeSync(log)
    child.unref()

    let outcome: { readonly error?: unknown } | undefined
    const instance: ServiceInstance = { socketPath, agent: new Agent({ keepAlive: true }), inFlight: 0, lastUsedMs: this.#clock.monotonicMs() }
    const ended = (error?: unknown): void => {
      outcome = { error }
      this.forget(instance)
    }
    child.once('error', ended)
    child.once('exit', () => ended())

    const giveUpMs = this.#clock.monotonicMs() + startDeadlineMs
    while (!(await answers(socketPath))) {
      if (outcome !== undefined || this.#clock.monotonicMs() > giveUpMs) {
        child.kill('SIGTERM')
        throw await this.#explain(complaints, outcome)
      }
      await new Promise<void>((resolve) => this.#clock.schedule(attemptEveryMs, resolve))
    }
    child.once('exit', () => void sweep([socketPath, complaints]))
    this.#instance = instance
    this.#stop = () => child.kill('SIGTERM')
    instance.lastUsedMs = this.#clock.monotonicMs()
    return instance
  }

  async #explain(complaints: string, outcome: { readonly error?: unknown } | undefined): Promise<PiccoloError> {
    const text = await readFile(complaints, 'utf8').catch(() => '')
    await sweep([complaints])
    if (outcome === undefined) return new PiccoloError('deadline-exceeded', `Podman's service did not answer within ${startDeadlineMs} ms: ${text}`)
    if (outcome.error !== undefined) return translateSpawn(this.#settings.binary, outcome.error)
    return translateFailure({ doing: "Starting Podman's service", text })
  }
}

function answers(socketPath: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(socketPath, () => {
      socket.destroy()
      resolve(true)
    })
    socket.once('error', () => resolve(false))
  })
}

async function sweep(paths: readonly string[]): Promise<void> {
  await Promise.all(paths.map((path) => rm(path, { force: true }).catch(() => undefined)))
}
