import { mkdir, mkdtemp, readdir, readFile, rename, rm } from 'node:fs/promises'
import { X509Certificate } from 'node:crypto'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import {
  installIntermediate, personCertificate, removePerson, requestIntermediate, rollAuthority, setPersonRole, signIntermediate,
} from '@piccolo/auth-x509'
import type { PiccoloClient } from '@piccolo/client'
import { describeWith } from '../../../../tooling/vitest/needs.js'
import { connectOverHttps } from '../../src/credential/connect.js'
import { localCluster, type LocalCluster } from '../../src/demo/local-cluster.js'
import { builtCommand } from './support/built-command.js'
import { eventually } from './support/eventually.js'

const { signal } = new AbortController()
const runtimeArguments = ['--runtime', 'process']

describeWith({ linux: true }, 'the authority of a cluster that runs', () => {
  let directory: string
  let cluster: LocalCluster | undefined

  beforeEach(async () => { directory = await mkdtemp(join(tmpdir(), 'pa-')) })
  afterEach(async () => {
    await cluster?.stop()
    cluster = undefined
    await rm(directory, { recursive: true, force: true })
  })

  const started = async (): Promise<LocalCluster> => (cluster = await localCluster({ directory, entry: builtCommand(), cluster: 'shop' }))
  const place = (): { readonly directory: string } => ({ directory: join(directory, 'master/ca') })

  const ready = ({ client }: LocalCluster, node: string) => eventually(`${node} to be there and ready`, async () => (
    (await client.nodes()).some(({ name, connected, phase }) => name === node && connected && phase === 'ready') ? true : undefined
  ))
  const away = ({ client }: LocalCluster, node: string) => eventually(`${node} to be away`, async () => (
    (await client.nodes()).find(({ name }) => name === node)?.connected === false ? true : undefined
  ))
  const signerOf = async (of: LocalCluster, node: string): Promise<string> => {
    const identity = JSON.parse(await readFile(join(of.agentDirectory(node), 'credentials/identity.json'), 'utf8')) as { readonly authoritiesPem: readonly [string] } // our own agent's file
    return new X509Certificate(identity.authoritiesPem[0]).fingerprint256
  }
  const pinned = (client: PiccoloClient, pin: string) => eventually('the master to pin the new key', async () => ((await client.createToken({})).token.endsWith(pin) ? true : undefined))

  test('I9: rolled twice without an overlap while a node is away, it lets the node back in, which renews by itself; those that are there stay', async () => {
    const running = await started()
    for (const name of ['bow', 'stern']) await running.startAgent({ name, runtimeArguments })
    for (const name of ['bow', 'stern']) await ready(running, name)
    const before = await signerOf(running, 'bow')
    await running.agent('bow')?.stop()
    await away(running, 'bow')
    for (let rolls = 0; rolls < 2; rolls += 1) {
      const { publicKeyPin } = await rollAuthority({ ...place(), nowMs: Date.now(), overlapMs: 0 }, signal)
      await pinned(running.client, publicKeyPin)
    }
    expect((await running.client.nodes()).find(({ name }) => name === 'stern')).toMatchObject({ connected: true, phase: 'ready' })
    await running.startAgent({ name: 'bow', runtimeArguments })
    await ready(running, 'bow')
    expect(await signerOf(running, 'bow')).not.toBe(before)
    await running.agent('stern')?.stop()
    await running.startAgent({ name: 'stern', runtimeArguments })
    await ready(running, 'stern')
    expect(await signerOf(running, 'stern')).toBe(await signerOf(running, 'bow'))
  })

  test('whose root is kept elsewhere: nodes join, and come back after it has got a new key', async () => {
    const root = { directory: join(directory, 'safe') }
    const entrust = async (): Promise<void> => {
      const { requestPem } = await requestIntermediate({ ...place(), cluster: 'shop' }, signal)
      const { certificatesPem } = await signIntermediate({ ...root, request: requestPem, nowMs: Date.now(), createRoot: true }, signal)
      await installIntermediate({ ...place(), certificatesPem }, signal)
    }
    await mkdir(join(directory, 'master'), { mode: 0o700 })
    await entrust()
    const running = await started()
    await running.startAgent({ name: 'bow', runtimeArguments })
    await ready(running, 'bow')
    await running.agent('bow')?.stop()
    await away(running, 'bow')
    await entrust()
    await running.restartMaster('stop')
    await running.startAgent({ name: 'bow', runtimeArguments })
    await ready(running, 'bow')
  })

  test('whose directory is gone: the master does not start and makes no other, until it is back, or a person wants another one', async () => {
    const masterArguments: string[] = []
    const running = cluster = await localCluster({ directory, entry: builtCommand(), cluster: 'shop', masterArguments })
    await running.startAgent({ name: 'bow', runtimeArguments })
    await ready(running, 'bow')
    await running.stopMaster('stop')
    await rename(place().directory, join(directory, 'elsewhere'))
    await expect(running.startMaster()).rejects.toThrow(/Restore it from its newest backup.*--new-authority/)
    expect(await readdir(join(directory, 'master'))).not.toContain('ca')
    await rename(join(directory, 'elsewhere'), place().directory)
    await running.startMaster()
    await ready(running, 'bow')
    await running.stopMaster('stop')
    await rename(place().directory, join(directory, 'elsewhere'))
    await rename(running.credentialPath, join(directory, 'elsewhere.json'))
    masterArguments.push('--new-authority')
    await running.startMaster()
    expect(await readdir(place().directory)).toContain('ca.pem')
  })

  test('I8: somebody with a client certificate is let in by it, and their role counts from call to call', async () => {
    const running = await started()
    const { certificateChainPem: certificatePem, privateKeyPem } = await personCertificate({ ...place(), name: 'ada', role: 'admin', nowMs: Date.now() }, signal)
    const { address, caPem } = running.credential
    const ada = await connectOverHttps({ address, caPem, certificatePem, privateKeyPem })
    expect((await ada.createToken({})).token).toMatch(/^pcl1\./)
    await setPersonRole({ ...place(), name: 'ada', role: 'viewer' }, signal)
    expect(await ada.nodes()).toEqual([])
    await expect(ada.createToken({})).rejects.toMatchObject({ code: 'permission-denied' })
    await removePerson({ ...place(), name: 'ada' }, signal)
    await expect(ada.nodes()).rejects.toMatchObject({ code: 'unauthenticated' })
  })
})
