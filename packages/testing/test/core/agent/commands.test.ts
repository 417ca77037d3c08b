import type { CommandBody, LogLine } from '@piccolo/core/spi'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { container, image, makeRig, workload, type Rig } from './rig.js'

let rig: Rig
beforeEach(async () => {
  rig = await makeRig()
  rig.machine.behave(image, { lines: [{ stream: 'stdout', line: 'one' }, { stream: 'stderr', line: 'two' }] })
  await rig.start()
  await rig.master.want(workload('a', { containers: [container(), container({ name: 'side' })] }))
  await rig.settle()
})
afterEach(async () => { await rig.stop() })

async function ask(commandId: string, command: CommandBody, deadlineMs = 60_000): Promise<void> {
  await rig.master.send({ type: 'command', commandId, deadlineMs, command })
  await rig.settle()
}

const replies = (commandId: string) => rig.master.of('reply').filter((reply) => reply.commandId === commandId)
const lines = (commandId: string): (LogLine & { container: string })[] =>
  replies(commandId).flatMap(({ payload }) => (payload === undefined ? [] : (JSON.parse(new TextDecoder().decode(payload)) as (LogLine & { container: string })[])))

const logs = { name: 'logs', workload: 'a', follow: false } as const

describe('logs', () => {
  test('come as lines with their container, and end', async () => {
    await ask('1', { ...logs, container: 'main' })
    expect(lines('1')).toMatchObject([{ stream: 'stdout', line: 'one', container: 'main' }, { stream: 'stderr', line: 'two', container: 'main' }])
    expect(replies('1').at(-1)).toMatchObject({ done: true })
  })

  test('of every container when none is named, each with its last lines when asked for', async () => {
    await ask('1', { ...logs, tail: 1 })
    expect(lines('1').map((line) => `${line.container} ${line.line}`).sort()).toEqual(['main two', 'side two'])
  })

  test('are followed until the command is cancelled', async () => {
    await ask('1', { ...logs, container: 'main', follow: true })
    expect(replies('1').some(({ done }) => done)).toBe(false)
    rig.machine.exit('a_side', 1)
    await rig.clock.advance(1_000)
    await ask('2', { name: 'cancel', target: '1' })
    expect(replies('1').at(-1)).toMatchObject({ type: 'reply', commandId: '1', done: true })
    expect(replies('1').at(-1)?.error).toBeUndefined()
    expect(lines('1')).toHaveLength(2)
  })

  test('are followed no longer than the deadline', async () => {
    await ask('1', { ...logs, container: 'main', follow: true }, 3_000)
    await rig.clock.advance(3_000)
    expect(replies('1').at(-1)).toMatchObject({ done: true, error: { code: 'deadline-exceeded' } })
  })

  test('of what is not there are refused', async () => {
    await ask('1', { ...logs, workload: 'nobody' })
    await ask('2', { ...logs, container: 'nobody' })
    expect([...replies('1'), ...replies('2')]).toMatchObject([{ done: true, error: { code: 'not-found' } }, { done: true, error: { code: 'not-found' } }])
  })

  test('are bounded in number', async () => {
    for (let index = 0; index < 17; index += 1) await ask(`${index}`, { ...logs, follow: true })
    expect(replies('16')).toMatchObject([{ done: true, error: { code: 'resource-exhausted' } }])
  })

  test('are read no faster than the link takes them', async () => {
    rig.machine.behave(image, { lines: Array.from({ length: 2_000 }, (_, index) => ({ stream: 'stdout' as const, line: `${index} ${'x'.repeat(100)}` })) })
    await rig.master.want(workload('b'))
    await rig.settle()
    await ask('1', { ...logs, workload: 'b' })
    const sizes = replies('1').map(({ payload }) => payload?.length ?? 0)
    expect(Math.max(...sizes)).toBeLessThan(64 * 1024)
    expect(lines('1').map(({ line }) => Number(line.split(' ')[0]))).toEqual(Array.from({ length: 2_000 }, (_, index) => index))
  })

  test('end with their session', async () => {
    await ask('1', { ...logs, follow: true })
    rig.network.reset('agent')
    await rig.clock.advance(1_000)
    const before = replies('1').length
    rig.machine.exit('a_main', 1)
    await rig.clock.advance(2_000)
    expect(replies('1')).toHaveLength(before)
  })

  test('an unknown command is refused', async () => {
    await ask('1', { name: 'tomorrow' } as unknown as CommandBody)
    expect(replies('1')).toMatchObject([{ done: true, error: { code: 'unsupported' } }])
  })
})
