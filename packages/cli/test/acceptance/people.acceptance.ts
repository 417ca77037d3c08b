import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { performance } from 'node:perf_hooks'
import { personCertificate, removePerson, setPersonRole } from '@piccolo/auth-x509'
import type { AuditEntry, PersonRole } from '@piccolo/core/spi'
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import { describeWith } from '../../../../tooling/vitest/needs.js'
import { sseEvents } from '../../../http-api/test/support/sse.js'
import { localCluster, type LocalCluster } from '../../src/demo/local-cluster.js'
import { writeCredential } from '../../src/index.js'
import { apiCaller, nodeIdentity, personWith, type ApiCaller, type CallerProof } from '../support/callers.js'
import { startBoard, type Board } from './support/board.js'
import { builtCommand, runCommand } from './support/built-command.js'
import { eventually } from './support/eventually.js'
import { manifest, model } from './support/manifest.js'
import { startCommand, type RunningCommand } from './support/running-command.js'

const never = new AbortController().signal

describeWith({ linux: true }, 'I8: who may do what', () => {
  let directory: string
  let cluster: LocalCluster
  let board: Board
  const shop = manifest('shop', [model('front', 'board', { script: 'while true; do echo hello; sleep 0.1; done' })])

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'pp-'))
    cluster = await localCluster({ directory, entry: builtCommand(), cluster: 'ours' })
    board = await startBoard({ name: 'board', nodeId: 'board', directory, master: cluster.sessionAddress, token: (await cluster.client.createToken({ nodeId: 'board' })).token })
    await eventually('the node to be ready', async () => ((await cluster.client.nodes())[0]?.phase === 'ready' ? true : undefined))
    await cluster.client.apply([{ name: shop.name, text: shop.text }])
    await eventually('its workload to run', async () => ((await cluster.client.workloads())[0]?.state === 'running' ? true : undefined))
    await writeFile(join(directory, shop.name), shop.text)
  })
  afterAll(async () => {
    await board?.dispose()
    await cluster?.stop()
    await rm(directory, { recursive: true, force: true })
  })

  const ca = (): string => join(directory, 'master', 'ca')
  const audited = (fits: (entry: AuditEntry) => boolean): Promise<AuditEntry> => eventually('it to be in the audit log', async () => (await cluster.client.audit({ limit: 1_000 })).find(fits))

  const everything = async () => ({
    artifacts: await cluster.client.artifacts(), tokens: await cluster.client.tokens(), signals: await cluster.client.signals(),
    nodes: (await cluster.client.nodes()).map(({ name, role, standing, connected }) => [name, role, standing, connected]),
  })

  /** Somebody with a token of their own, in a credential file as well. */
  async function person(name: string, role: PersonRole): Promise<{ readonly credential: string; readonly token: string }> {
    const token = await personWith(role, { masterDirectory: join(directory, 'master'), name })
    const credential = join(directory, `${name}.json`)
    await writeCredential(credential, { ...cluster.credential, token })
    return { credential, token }
  }
  function caller(proof: CallerProof): ApiCaller {
    const made = apiCaller(cluster.credential, proof)
    onTestFinished(() => made[Symbol.asyncDispose]())
    return made
  }
  /** Opens a stream; `ended` tells its last event and when it came, by `performance.now()`. */
  async function open(asked: ApiCaller, path: string) {
    const response = await asked.ask({ method: 'GET', path })
    expect(response.status).toBe(200)
    return { ended: lastOf(response) }
  }
  async function lastOf(response: Parameters<typeof sseEvents>[0]) {
    let last: unknown
    for await (const event of sseEvents(response)) last = event
    return { last, atMs: performance.now() }
  }
  function following(credential: string): RunningCommand {
    const command = startCommand(['--credential', credential, 'events', '-f'])
    onTestFinished(async () => { await command.interrupt() })
    return command
  }

  test('I8: a viewer who would change something is refused, nothing changes, and it is written down', async () => {
    const { credential } = await person('vera', 'viewer')
    const before = await everything()
    const attempts = [
      ['apply', 'apply', '-f', join(directory, shop.name)], ['deleteArtifact', 'delete', 'package', 'shop'], ['publishSignals', 'signal', 'set', 'door=true'], ['createToken', 'token', 'create'],
      ['revokeNode', 'revoke', 'node', 'board'], ['quarantineNode', 'quarantine', 'node', 'board'], ['setNodeRole', 'set-role', 'board', 'monitor'], ['audit', 'get', 'audit'],
    ] as const
    for (const [operation, ...args] of attempts) {
      expect(await runCommand(['--credential', credential, ...args])).toMatchObject({ code: 4, stderr: expect.stringContaining(`The role viewer may not do "${operation}"`) as string })
      await audited((entry) => entry.operation === operation && entry.who === 'viewer:vera' && entry.outcome === 'refused')
    }
    expect((await runCommand(['--credential', credential, 'get', 'nodes'])).code).toBe(0)
    expect(await everything()).toEqual(before)
  })

  test('I8: a node that calls the API with its certificate may do nothing there, and it is written down', async () => {
    const node = caller({ identity: await nodeIdentity(board.agentDirectory) })
    for (const [operation, method, path] of [['nodes', 'GET', '/nodes'], ['createToken', 'POST', '/tokens'], ['revokeNode', 'POST', '/nodes/board/revoke']] as const) {
      const response = await node.ask({ method, path })
      expect([response.status, await response.json()]).toEqual([403, expect.objectContaining({ code: 'permission-denied' })])
      await audited((entry) => entry.operation === operation && entry.who === 'node:board' && entry.outcome === 'refused' && entry.source.startsWith('127.0.0.1:'))
    }
    expect((await cluster.client.nodes())[0]).toMatchObject({ standing: 'active', connected: true })
  })

  test('I8: whose access is taken away hears nothing more within a second, on whatever stream, and it is written down', async () => {
    const { token, credential } = await person('otto', 'operator')
    const otto = caller({ token })
    const command = following(credential)
    await eventually('the command to show events', () => Promise.resolve(command.stdout().includes('node/board') ? true : undefined))
    const streams = await Promise.all(['/events?follow=true', '/workloads/front/logs?follow=true', '/changes'].map((path) => open(otto, path)))
    await removePerson({ directory: ca(), name: 'otto' }, never)
    const removedMs = performance.now()
    for (const { ended } of streams) {
      const { last, atMs } = await ended
      expect(last).toMatchObject({ event: 'problem', data: { code: 'unauthenticated' } })
      expect(atMs - removedMs).toBeLessThan(1_000)
    }
    expect(await command.ended).toBe(4)
    expect(command.stderr()).toContain('not known here')
    await audited(({ operation, outcome, who }) => operation === 'access-refused' && outcome === 'refused' && who === '127.0.0.1')
  })

  test('I8: whose role is changed goes on under the new one: streams are opened again, and what it no longer allows is refused', async () => {
    const { token, credential } = await person('olga', 'operator')
    const olga = caller({ token })
    const command = following(credential)
    await eventually('the command to show events', () => Promise.resolve(command.stdout().includes('node/board') ? true : undefined))
    const { ended } = await open(olga, '/changes')
    await setPersonRole({ directory: ca(), name: 'olga', role: 'viewer' }, never)
    const changedMs = performance.now()
    const { last, atMs } = await ended
    expect(last).toMatchObject({ event: 'problem', data: { code: 'unavailable', retryable: true } })
    expect(atMs - changedMs).toBeLessThan(1_000)
    expect((await olga.ask({ method: 'POST', path: '/signals', body: { signals: [{ name: 'door', value: true }] } })).status).toBe(403)
    await audited(({ operation, who, outcome }) => operation === 'publishSignals' && who === 'viewer:olga' && outcome === 'refused')
    await eventually('the command to be connected again', () => Promise.resolve(command.stderr().includes('Connected again') ? true : undefined))
    expect(await command.interrupt()).toBe(130)
  })

  test('I8: who is made, changed or removed on the master\'s machine is in the audit log and among the security events, once each', async () => {
    const made = ['person', 'create', '--directory', join(directory, 'master'), '--name', 'iris', '--role', 'viewer', '--out', join(directory, 'iris.json')]
    const admin = join(directory, 'admin-of-audit.json')
    await writeCredential(admin, cluster.credential)
    const told = async (): Promise<readonly string[]> => (await cluster.client.audit({ limit: 1_000 })).filter(({ subject }) => subject === 'person/iris').map(({ operation, who, outcome }) => [who, operation, outcome].join(' '))
    expect((await runCommand(made)).code).toBe(0)
    expect(await told()).toEqual(['machine personCreated done'])
    expect((await runCommand(['person', 'set-role', '--directory', join(directory, 'master'), '--name', 'iris', '--role', 'admin'])).code).toBe(0)
    expect(await told()).toEqual(['machine personCreated done', 'machine personRoleChanged done'])
    expect((await runCommand(['person', 'remove', '--directory', join(directory, 'master'), '--name', 'iris'])).code).toBe(0)
    const { code, stdout } = await runCommand(['--credential', admin, 'get', 'audit', '--limit', '10'])
    expect(code).toBe(0)
    for (const operation of ['personCreated', 'personRoleChanged', 'personRemoved']) expect(stdout).toMatch(new RegExp(`machine +master +${operation} +person/iris +done`))
    const { stdout: events } = await runCommand(['--credential', admin, 'get', 'events', '--security'])
    for (const message of ['"iris" may use the API from now on, as viewer', '"iris" is admin from now on; was viewer', '"iris" may use the API no longer']) expect(events).toContain(message)
  })

  test('I8: a person who comes with a certificate is known as with a token, and no longer once access is taken away', async () => {
    const identity = await personCertificate({ directory: ca(), name: 'cara', role: 'operator', nowMs: Date.now() }, never)
    const cara = caller({ identity })
    expect((await cara.ask({ method: 'POST', path: '/artifacts', body: { files: [{ name: shop.name, text: shop.text.replace('0.1', '0.2') }] } })).status).toBe(200)
    await audited(({ operation, who, outcome }) => operation === 'apply' && who === 'operator:cara' && outcome === 'done')
    const { ended } = await open(cara, '/events?follow=true')
    await removePerson({ directory: ca(), name: 'cara' }, never)
    const removedMs = performance.now()
    const { last, atMs } = await ended
    expect(last).toMatchObject({ event: 'problem', data: { code: 'unauthenticated' } })
    expect(atMs - removedMs).toBeLessThan(1_000)
    expect((await cara.ask({ method: 'GET', path: '/nodes' })).status).toBe(401)
  })
})
