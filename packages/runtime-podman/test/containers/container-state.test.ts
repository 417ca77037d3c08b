import { describe, expect, test } from 'vitest'
import { containerState, exitedState, sameState } from '../../src/containers/container-state.js'

const labels = { 'io.piccolo.workload': 'web', 'io.piccolo.container': 'main', 'io.piccolo.spec': 'd' }
const inspected = (State: object, more: object = {}): object => ({ Id: 'abc', Name: 'web_main', Pod: '', Config: { Labels: labels }, State, ...more })
const zero = '0001-01-01T00:00:00Z'

describe('an inspected container', () => {
  test('that never ran has no times, pid or exit code', () => {
    expect(containerState(inspected({ Status: 'created', Pid: 0, ExitCode: 0, StartedAt: zero, FinishedAt: zero }))).toEqual({
      id: 'abc', name: 'web_main', workload: 'web', container: 'main', specDigest: 'd', phase: 'created',
    })
  })

  test('that runs has its pid, start and pod, and no exit code of an earlier run', () => {
    const state = { Status: 'running', Pid: 7, ExitCode: 3, StartedAt: '2026-01-01T00:00:01.5Z', FinishedAt: '2026-01-01T00:00:00Z' }
    expect(containerState(inspected(state, { Pod: 'p' }))).toMatchObject({ phase: 'running', pid: 7, startedAtMs: Date.UTC(2026, 0, 1, 0, 0, 1, 500), podId: 'p' })
    expect(containerState(inspected(state))).not.toHaveProperty('exitCode')
  })

  test('that ended says how and when, and whether memory ran out', () => {
    const state = { Status: 'exited', Pid: 0, ExitCode: 137, OOMKilled: true, StartedAt: '2026-01-01T00:00:00Z', FinishedAt: '2026-01-01T00:00:02Z' }
    expect(containerState(inspected(state))).toMatchObject({ phase: 'exited', exitCode: 137, oomKilled: true, exitedAtMs: Date.UTC(2026, 0, 1, 0, 0, 2) })
  })

  test.each([
    ['configured', 'created'], ['initialized', 'created'], ['stopping', 'running'], ['paused', 'paused'], ['stopped', 'exited'], ['removing', 'exited'],
  ])('that Podman calls %s is %s', (Status, phase) => {
    expect(containerState(inspected({ Status }))).toMatchObject({ phase })
  })

  test('without our labels is none of ours', () => {
    expect(containerState({ Id: 'abc', Config: { Labels: null }, State: { Status: 'running' } })).toBeUndefined()
    expect(containerState('nonsense')).toBeUndefined()
  })
})

test('the state after an exit is the one that inspect will confirm', () => {
  const running = containerState(inspected({ Status: 'running', Pid: 7, StartedAt: '2026-01-01T00:00:00Z', FinishedAt: zero }))
  const exited = containerState(inspected({ Status: 'exited', ExitCode: 3, StartedAt: '2026-01-01T00:00:00Z', FinishedAt: '2026-01-01T00:00:02.25Z' }))
  if (running === undefined || exited === undefined) throw new Error('both are ours')
  expect(sameState(exitedState(running, { exitCode: 3, exitedAtMs: Date.UTC(2026, 0, 1, 0, 0, 2, 250) }), exited)).toBe(true)
  expect(sameState(running, exited)).toBe(false)
})
