import { PiccoloError } from '@piccolo/core/spi'
import type { PiccoloClient } from '@piccolo/client'
import { describe, expect, it } from 'vitest'
import { exitCodes } from '../../src/index.js'
import { piccolo } from '../support/cli.js'

type Decision = 'approve' | 'deny' | 'revokeNode' | 'quarantineNode' | 'releaseNode' | 'setNodeRole'
const decisions: readonly Decision[] = ['approve', 'deny', 'revokeNode', 'quarantineNode', 'releaseNode', 'setNodeRole']

async function decided(...args: readonly string[]) {
  const asked: unknown[] = []
  const client = Object.fromEntries(decisions.map((name) => [name, (...given: readonly unknown[]) => {
    asked.push([name, ...given.slice(0, -1)])
    return Promise.resolve()
  }])) as unknown as Pick<PiccoloClient, Decision> // each takes what its own takes
  return { ...(await piccolo(args, { client })), asked }
}

describe('what a person decides about nodes', () => {
  it.each([
    [['approve', 'zone-a'], ['approve', { node: 'zone-a' }], 'node/zone-a approved; it joins with its next attempt\n'],
    [['approve', 'zone-a', '--key', 'ab12'], ['approve', { node: 'zone-a', key: 'ab12' }], 'node/zone-a approved; it joins with its next attempt\n'],
    [['deny', 'zone-a', '--key', 'ab12'], ['deny', { node: 'zone-a', key: 'ab12' }], 'node/zone-a denied\n'],
    [['revoke', 'node', 'zone-a'], ['revokeNode', 'zone-a', { workloads: 'keep' }], 'node/zone-a revoked; its workloads run on\n'],
    [['revoke', 'node', 'zone-a', '--stop-workloads', '--reason', 'stolen'], ['revokeNode', 'zone-a', { workloads: 'stop', reason: 'stolen' }], 'node/zone-a revoked; its workloads are stopped as soon as it hears of it\n'],
    [['quarantine', 'node', 'zone-a', '--reason', 'odd'], ['quarantineNode', 'zone-a', { reason: 'odd' }], 'node/zone-a quarantined; its workloads run on\n'],
    [['release', 'node', 'zone-a'], ['releaseNode', 'zone-a'], 'node/zone-a released\n'],
    [['set-role', 'zone-a', 'monitor'], ['setNodeRole', 'zone-a', 'monitor'], 'node/zone-a is a monitor\n'],
  ])('%j', async (args, call, said) => {
    expect(await decided(...args)).toMatchObject({ code: 0, asked: [call], out: said })
  })

  it.each([[['approve']], [['revoke', 'zone-a']], [['revoke', 'node']], [['quarantine', 'node']], [['release', 'board', 'x']], [['set-role', 'zone-a', 'king']], [['set-role', 'zone-a']]])('%j is refused without asking the master', async (args) => {
    expect(await decided(...args)).toMatchObject({ code: exitCodes.usage, connected: [], asked: [] })
  })

  it('ends with what the master says', async () => {
    const refuse = (code: 'permission-denied' | 'not-found' | 'conflict') => ({ client: { approve: () => Promise.reject(new PiccoloError(code, 'Do this.')) } })
    const outcomes = await Promise.all((['permission-denied', 'not-found', 'conflict'] as const).map((code) => piccolo(['approve', 'zone-a'], refuse(code))))
    expect(outcomes.map(({ code, err }) => [code, err])).toEqual([[exitCodes.denied, 'piccolo: Do this.\n'], [exitCodes.notFound, 'piccolo: Do this.\n'], [exitCodes.conflict, 'piccolo: Do this.\n']])
  })
})
