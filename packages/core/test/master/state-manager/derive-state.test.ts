import { describe, expect, it } from 'vitest'
import { derivePackageState } from '../../../src/master/state-manager/derive-state.js'

describe('the state of a Package', () => {
  it.each([
    [[], 'idle'],
    [['dead', 'dead'], 'error'],
    [['dead', 'running'], 'degraded'],
    [['dead', 'pending'], 'degraded'],
    [['paused', 'paused'], 'paused'],
    [['exited', 'exited'], 'exited'],
    [['running', 'exited'], 'running'],
    [['running', 'running'], 'running'],
    [['running', 'pending'], 'pending'],
  ] as const)('of models that are %j is %s', (models, state) => {
    expect(derivePackageState(models)).toBe(state)
  })
})
