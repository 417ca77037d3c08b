import { describe, expect, test } from 'vitest'
import { PiccoloError, type ContainerState, type RuntimeEvent } from '@piccolo/core/spi'
import { ContainerMirror } from '../../src/watching/container-mirror.js'
import { containerState } from '../support/specs.js'

/** An engine whose answers a test holds back and lets go. */
class Engine {
  readonly states = new Map<string, ContainerState>()
  inspections = 0
  #held: (() => void)[] | undefined

  hold(): void { this.#held = [] }
  letGo(): void {
    const held = this.#held ?? []
    this.#held = undefined
    for (const resume of held) resume()
  }
  async list(): Promise<readonly ContainerState[]> { return this.#answer(() => [...this.states.values()]) }
  async inspect(id: string): Promise<ContainerState | undefined> {
    this.inspections += 1
    return this.#answer(() => this.states.get(id))
  }
  async #answer<T>(look: () => T): Promise<T> {
    const seen = look() // what is answered late is as old as the question
    if (this.#held !== undefined) await new Promise<void>((resolve) => this.#held?.push(resolve))
    return seen
  }
}

async function watched(engine: Engine): Promise<{ mirror: ContainerMirror; heard: RuntimeEvent[]; settle(): Promise<void>; ended: Promise<void> }> {
  const mirror = new ContainerMirror(engine, () => undefined)
  const queue = await mirror.join()
  const heard: RuntimeEvent[] = []
  const ended = (async () => { for await (const event of queue.drain()) heard.push(event) })()
  ended.catch(() => undefined)
  const settle = (): Promise<void> => new Promise((resolve) => setImmediate(() => setImmediate(resolve)))
  await settle()
  heard.length = 0
  return { mirror, heard, settle, ended }
}

const running = containerState('a')
const exit = { exitCode: 3, exitedAtMs: 9 }
const { pid: _, ...withoutPid } = running
const exited: ContainerState = { ...withoutPid, phase: 'exited', ...exit }

describe('the mirror', () => {
  test('tells of an exit at once and says nothing more when a look confirms it', async () => {
    const engine = new Engine()
    engine.states.set('a', running)
    const { mirror, heard, settle } = await watched(engine)
    engine.states.set('a', exited)
    mirror.exited('a', exit)
    await settle()
    expect(heard).toEqual([{ type: 'changed', container: exited }])
    expect(engine.inspections).toBe(1)
  })

  test('lets a look correct what an exit seemed to be', async () => {
    const engine = new Engine()
    engine.states.set('a', running)
    const { mirror, heard, settle } = await watched(engine)
    engine.states.set('a', { ...exited, exitCode: 137, oomKilled: true })
    mirror.exited('a', { ...exit, exitCode: 137 })
    await settle()
    expect(heard.at(-1)).toMatchObject({ container: { phase: 'exited', oomKilled: true } })
  })

  test('ignores an answer that was overtaken by an exit', async () => {
    const engine = new Engine()
    engine.states.set('a', running)
    const { mirror, heard, settle } = await watched(engine)
    engine.hold()
    mirror.changed('a') // asked while it runs, answered after its end
    await settle()
    engine.states.set('a', exited)
    mirror.exited('a', exit)
    engine.letGo()
    await settle()
    expect(heard).toEqual([{ type: 'changed', container: exited }])
  })

  test('does not bring back a container that was removed while it was looked at', async () => {
    const engine = new Engine()
    engine.states.set('a', running)
    const { mirror, heard, settle } = await watched(engine)
    engine.hold()
    mirror.changed('a')
    await settle()
    engine.states.delete('a')
    mirror.removed('a')
    engine.letGo()
    await settle()
    expect(heard).toEqual([{ type: 'removed', id: 'a', workload: 'a', container: 'main' }])
  })

  test('sees an exit that comes before the container was known', async () => {
    const engine = new Engine()
    const { mirror, heard, settle } = await watched(engine)
    engine.hold()
    engine.states.set('a', running)
    mirror.changed('a')
    await settle()
    engine.states.set('a', exited)
    mirror.exited('a', exit)
    engine.letGo()
    await settle()
    expect(heard).toEqual([{ type: 'changed', container: exited }])
  })

  test('asks nothing about strangers', async () => {
    const engine = new Engine()
    const { mirror, heard, settle } = await watched(engine)
    mirror.exited('stranger', exit)
    mirror.vanished('stranger')
    mirror.removed('stranger')
    await settle()
    expect(engine.inspections).toBe(0)
    expect(heard).toEqual([])
  })

  test('finds by a doubt what came, changed and went unseen', async () => {
    const engine = new Engine()
    engine.states.set('a', running).set('b', containerState('b'))
    const { mirror, heard, settle } = await watched(engine)
    engine.states.set('a', exited).set('c', containerState('c'))
    engine.states.delete('b')
    mirror.doubt()
    await settle()
    expect(heard).toEqual([
      { type: 'changed', container: exited }, { type: 'changed', container: containerState('c') },
      { type: 'removed', id: 'b', workload: 'b', container: 'main' },
    ])
  })

  test('ends every watch with the reason when it can\'t look', async () => {
    const engine = new Engine()
    const { mirror, ended } = await watched(engine)
    engine.inspect = () => Promise.reject(new PiccoloError('unavailable', 'no Podman'))
    mirror.changed('a')
    await expect(ended).rejects.toMatchObject({ code: 'unavailable', message: 'no Podman' })
    await expect(mirror.join()).rejects.toMatchObject({ code: 'unavailable' })
  })
})
