import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { AuditEntry, PersonRole } from '@piccolo/core/spi'
import type { PiccoloClient } from '@piccolo/client'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { describeWith } from '../../../tooling/vitest/needs.js'
import { mayPerson, operationRoles, type OperationName } from '../../core/src/master/api-server/access/role-table.js'
import { connectOverHttps } from '../src/credential/connect.js'
import type { Credential } from '../src/index.js'
import { apiCaller, nodeIdentity, personWith, type ApiCaller, type Ask } from './support/callers.js'
import { daemon, temporaryFolder, type Daemon } from './support/daemon.js'

const files = [{ name: 'walk.yaml', text: 'apiVersion: v1\nkind: Model\nmetadata:\n  name: walked\nspec:\n  hostNetwork: true\n  containers:\n    - name: a\n      image: a\n' }]

/** One request an operation. What is missing or too much here does not compile, and fails a test. */
const asks: Readonly<Record<OperationName, Ask>> = {
  cluster: { method: 'GET', path: '/cluster' },
  artifacts: { method: 'GET', path: '/artifacts' },
  scenarios: { method: 'GET', path: '/scenarios' },
  packages: { method: 'GET', path: '/packages' },
  workloads: { method: 'GET', path: '/workloads' },
  nodes: { method: 'GET', path: '/nodes' },
  events: { method: 'GET', path: '/events?follow=true' },
  signals: { method: 'GET', path: '/signals' },
  changes: { method: 'GET', path: '/changes' },
  logs: { method: 'GET', path: '/workloads/nowhere/logs' },
  apply: { method: 'POST', path: '/artifacts', body: { files } },
  deleteManifest: { method: 'DELETE', path: '/artifacts', body: { files } },
  deleteArtifact: { method: 'DELETE', path: '/artifacts/Model/walked' },
  publishSignals: { method: 'POST', path: '/signals', body: { signals: [{ name: 'walked', value: 1 }] } },
  tokens: { method: 'GET', path: '/tokens' },
  approvals: { method: 'GET', path: '/approvals' },
  createToken: { method: 'POST', path: '/tokens', body: {} },
  revokeToken: { method: 'DELETE', path: '/tokens/feedfacefeed' },
  approve: { method: 'POST', path: '/nodes/board/approve' },
  deny: { method: 'POST', path: '/nodes/board/deny' },
  quarantineNode: { method: 'POST', path: '/nodes/board/quarantine' },
  releaseNode: { method: 'POST', path: '/nodes/board/release' },
  setNodeRole: { method: 'PUT', path: '/nodes/board/role', body: { role: 'monitor' } },
  revokeNode: { method: 'POST', path: '/nodes/board/revoke' },
  audit: { method: 'GET', path: '/audit' },
}
const operations = Object.keys(asks) as readonly OperationName[] // the record above has these keys
const people: readonly PersonRole[] = ['admin', 'operator', 'viewer']

/** Mutations that are written down one by one, and that this walk brings to their end for whoever may do them. */
const told: readonly OperationName[] = ['apply', 'createToken', 'quarantineNode', 'releaseNode', 'setNodeRole', 'revokeNode']

describeWith({ linux: true }, 'I8: the role table, walked over HTTPS against a master that runs', () => {
  let home: Awaited<ReturnType<typeof temporaryFolder>>
  let master: Daemon
  let agent: Daemon
  let admin: PiccoloClient
  const callers = new Map<string, ApiCaller>()

  beforeAll(async () => {
    home = await temporaryFolder()
    const masterDirectory = join(home.path, '.local/state/piccolo/master')
    master = daemon(['master', '--listen', '127.0.0.1:0', '--api', '127.0.0.1:0', '--ready-json'], { home: home.path })
    const { address } = await master.ready
    const credential = JSON.parse(await readFile(join(home.path, '.config/piccolo/admin.json'), 'utf8')) as Credential // the master has just written it
    admin = await connectOverHttps(credential)
    const { token } = await admin.createToken({ nodeId: 'board' })
    agent = daemon(['agent', '--master', String(address), '--runtime', 'process', '--profile', 'lan', '--ready-json'], { home: home.path, environment: { PICCOLO_TOKEN: token } })
    await agent.ready
    await vi.waitFor(async () => { expect((await admin.nodes())[0]?.phase).toBe('ready') }, { timeout: 15_000, interval: 100 })
    for (const role of people) callers.set(role, apiCaller(credential, { token: await personWith(role, { masterDirectory }) }))
    callers.set('node', apiCaller(credential, { identity: await nodeIdentity(join(home.path, '.local/state/piccolo/agent')) }))
    callers.set('stranger', apiCaller(credential, { token: `pcu1.${'0'.repeat(12)}.${'0'.repeat(40)}` }))
    callers.set('nobody', apiCaller(credential, {}))
  }, 60_000)

  afterAll(async () => {
    for (const caller of callers.values()) await caller[Symbol.asyncDispose]()
    await agent?.stop()
    await master?.stop()
    await home?.[Symbol.asyncDispose]()
  })

  const everything = async () => {
    const [node] = await admin.nodes()
    return {
      artifacts: await admin.artifacts(), tokens: await admin.tokens(), approvals: await admin.approvals(), signals: await admin.signals(),
      node: [node?.name, node?.role, node?.standing, node?.connected],
    }
  }

  const asked = async (caller: string, operation: OperationName): Promise<{ readonly status: number; readonly code: unknown }> => {
    const leaving = new AbortController()
    const response = await callers.get(caller)?.ask({ ...asks[operation], requestId: `${caller}:${operation}`, signal: leaving.signal })
    // A stream that opened would go on; what was refused says why.
    const code = response?.ok === false ? (await response.json() as { readonly code: string }).code : undefined
    leaving.abort()
    return { status: response?.status ?? 0, code }
  }

  const entryOf = async (caller: string, operation: OperationName): Promise<AuditEntry | undefined> => (
    (await admin.audit({ limit: 1_000 })).find(({ requestId }) => requestId === `${caller}:${operation}`)
  )

  test('has a request for every operation, and no other', () => {
    expect([...operations].sort()).toEqual(Object.keys(operationRoles).sort())
  })

  test('who proves nothing gets nothing', async () => {
    const before = await everything()
    for (const operation of operations) expect([operation, await asked('nobody', operation)]).toEqual([operation, { status: 401, code: 'unauthenticated' }])
    expect(await everything()).toEqual(before)
  })

  test('a token that is none is refused, told, and unheard after twenty of them; from the same address the others get in', async () => {
    const before = await everything()
    const outcomes: number[] = []
    for (const operation of operations) outcomes.push((await asked('stranger', operation)).status)
    expect(outcomes).toEqual(operations.map((_, index) => (index < 20 ? 401 : 429)))
    expect(await everything()).toEqual(before)
    const audit = await admin.audit()
    expect(audit).toContainEqual(expect.objectContaining({ operation: 'access-refused', who: '127.0.0.1', outcome: 'refused' }))
    expect(audit).toContainEqual(expect.objectContaining({ operation: 'source-locked-out', who: '127.0.0.1' }))
  })

  test('I8: a node that comes with its certificate is known, may do nothing, and is written down', async () => {
    const before = await everything()
    for (const operation of operations) {
      expect([operation, await asked('node', operation)]).toEqual([operation, { status: 403, code: 'permission-denied' }])
      expect(await entryOf('node', operation)).toMatchObject({ operation, outcome: 'refused', who: 'node:board', source: expect.stringMatching(/^127\.0\.0\.1:\d+$/) as string })
    }
    expect(await everything()).toEqual(before)
  })

  // The weakest first: what an admin does at last changes everything.
  test.each([...people].reverse())('%s: may do what stands at that role and below; what is refused changes nothing and is written down', async (role) => {
    for (const operation of operations) {
      const before = mayPerson(role, operation) ? undefined : await everything()
      const { status, code } = await asked(role, operation)
      if (before === undefined) {
        expect([operation, [401, 403].includes(status)]).toEqual([operation, false])
        if (told.includes(operation)) expect(await entryOf(role, operation)).toMatchObject({ operation, outcome: 'done', who: `${role}:the-${role}` })
      } else {
        expect([operation, status, code]).toEqual([operation, 403, 'permission-denied'])
        expect(await everything()).toEqual(before)
        expect(await entryOf(role, operation)).toMatchObject({ operation, outcome: 'refused', who: `${role}:the-${role}`, reason: expect.stringContaining(operationRoles[operation]) as string })
      }
    }
  })
})
