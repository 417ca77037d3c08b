import { readdir, readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { ClusterEvent } from '@piccolo/core/spi'
import { Agent, fetch } from 'undici'
import { describe, expect, it, vi } from 'vitest'
import { rollAuthority } from '@piccolo/auth-x509'
import { connectOverHttps } from '../../src/credential/connect.js'
import { exitCodes, readCredential, type Credential } from '../../src/index.js'
import { daemon, temporaryFolder } from '../support/daemon.js'

const { signal } = new AbortController()
const ports = ['--listen', '127.0.0.1:0', '--api', '127.0.0.1:0']

type TokenCredential = Extract<Credential, { readonly token: string }>

async function credentialIn(home: string): Promise<TokenCredential> {
  const found = await readCredential(join(home, '.config/piccolo/admin.json'))
  if (found === undefined || !('token' in found)) throw new Error('no credential was written')
  return found
}

const scenario = (name: string): string => `apiVersion: v1
kind: Scenario
metadata: { name: ${name} }
spec: { condition: null, action: launch, target: shop }
---
`
const shop = `apiVersion: v1
kind: Package
metadata: { name: shop }
spec: { pattern: [{ type: plain }], models: [{ name: web, node: zone-a }] }
---
apiVersion: v1
kind: Model
metadata: { name: web }
spec: { containers: [{ name: front, image: localhost/busybox }] }
`

describe('piccolo master', () => {
  it('starts in the user\'s own places, says where it is, and its credential opens the API', async () => {
    await using home = await temporaryFolder()
    const master = daemon(['master', '--cluster', 'demo', ...ports, '--ready-json'], { home: home.path })
    const ready = await master.ready
    expect(ready).toMatchObject({ ready: true, cluster: 'demo', address: expect.stringMatching(/^127\.0\.0\.1:\d+$/) as string, credential: join(home.path, '.config/piccolo/admin.json') })
    expect((await stat(join(home.path, '.local/state/piccolo/master'))).isDirectory()).toBe(true)
    const client = await connectOverHttps(await credentialIn(home.path))
    expect(await client.cluster()).toMatchObject({ name: 'demo', sessionAddress: ready['address'] })
    expect((await client.createToken()).token).toMatch(/^pcl1\./)
    expect(await master.stop()).toBe(0)
    await expect(client.cluster()).rejects.toMatchObject({ code: 'unavailable' })
  })

  it('keeps its authority and the token over a restart, and moves the credential to the new port', async () => {
    await using home = await temporaryFolder()
    const credentials: TokenCredential[] = []
    for (let start = 0; start < 2; start += 1) {
      const master = daemon(['master', ...ports, '--ready-json'], { home: home.path })
      await master.ready
      credentials.push(await credentialIn(home.path))
      expect(await (await connectOverHttps(await credentialIn(home.path))).nodes()).toEqual([])
      expect(await master.stop()).toBe(0)
    }
    expect(credentials[1]).toMatchObject({ caPem: credentials[0]?.caPem, token: credentials[0]?.token })
    expect(credentials[1]?.address).not.toBe(credentials[0]?.address)
  })

  it('its events resume where a reader left off', async () => {
    await using home = await temporaryFolder()
    const master = daemon(['master', ...ports, '--ready-json'], { home: home.path })
    await master.ready
    const client = await connectOverHttps(await credentialIn(home.path))
    await client.apply([{ name: 'a.yaml', text: scenario('one') + scenario('two') + shop }])
    const seen: ClusterEvent[] = []
    for await (const event of client.events({ follow: true })) if (seen.push(event) === 2) break
    const last = seen[0]
    const { address, caPem, token } = await credentialIn(home.path)
    const dispatcher = new Agent({ connect: { ca: caPem, servername: 'piccolo-master' } })
    const headers = { authorization: `Bearer ${token}`, accept: 'text/event-stream', 'last-event-id': `${String(last?.revision)}/${String(last?.id)}` }
    const response = await fetch(`${address}/api/v1/events`, { dispatcher, headers })
    expect(response.status).toBe(200)
    let text = ''
    for await (const chunk of (response.body ?? []) as AsyncIterable<Uint8Array>) {
      text += Buffer.from(chunk).toString()
      if (text.includes('data: ')) break
    }
    expect(text).toContain(`"id":"${String(seen[1]?.id)}"`)
    expect(text).not.toContain(`"id":"${String(last?.id)}"`)
    await dispatcher.destroy()
    expect(await master.stop()).toBe(0)
  })

  it('a second one over the same directory is refused, and the first runs on', async () => {
    await using home = await temporaryFolder()
    const first = daemon(['master', ...ports, '--ready-json'], { home: home.path })
    await first.ready
    const second = daemon(['master', ...ports], { home: home.path })
    expect(await second.ended).toBe(exitCodes.conflict)
    expect(second.err()).toMatch(/^piccolo: /m)
    expect(await (await connectOverHttps(await credentialIn(home.path))).nodes()).toEqual([])
    expect(await first.stop()).toBe(0)
  })

  it('encrypts the key of its authority if it is given a passphrase, and does not start without it any more', async () => {
    await using home = await temporaryFolder()
    const file = join(home.path, 'passphrase')
    await writeFile(file, 'correct horse\n', { mode: 0o600 })
    for (let start = 0; start < 2; start += 1) {
      const master = daemon(['master', ...ports, '--ready-json', '--log-level', 'debug', '--ca-passphrase-file', file], { home: home.path })
      await master.ready
      expect(await master.stop()).toBe(0)
      expect(master.err()).not.toContain('horse')
    }
    expect(await readFile(join(home.path, '.local/state/piccolo/master/ca/ca-key.pem'), 'utf8')).toContain('BEGIN ENCRYPTED PRIVATE KEY')
    const without = daemon(['master', ...ports], { home: home.path })
    expect(await without.ended).toBe(exitCodes.conflict)
    expect(without.err()).toContain('--ca-passphrase-file')
  })

  it('takes up a new key of its authority while it runs, and its old credential opens the API at the next start, too', async () => {
    await using home = await temporaryFolder()
    const place = { directory: join(home.path, '.local/state/piccolo/master/ca'), nowMs: Date.now() }
    const first = daemon(['master', ...ports, '--ready-json'], { home: home.path })
    await first.ready
    const before = await credentialIn(home.path)
    const { publicKeyPin } = await rollAuthority(place, signal)
    // A token is signed for by nobody, so the look of every five seconds is what finds the roll.
    await vi.waitFor(async () => { expect((await (await connectOverHttps(before)).createToken()).token).toContain(publicKeyPin) }, { timeout: 15_000, interval: 250 })
    expect(await first.stop()).toBe(0)
    const second = daemon(['master', ...ports, '--ready-json'], { home: home.path })
    await second.ready
    const after = await credentialIn(home.path)
    expect(after.caPem).not.toBe(before.caPem)
    for (const credential of [after, { ...before, address: after.address }]) expect(await (await connectOverHttps(credential)).nodes()).toEqual([])
    expect(await second.stop()).toBe(0)
  })

  it('logs never hold the administrator\'s token or a join token', async () => {
    await using home = await temporaryFolder()
    const master = daemon(['master', ...ports, '--ready-json', '--log-level', 'debug'], { home: home.path })
    await master.ready
    const credential = await credentialIn(home.path)
    const { token } = await (await connectOverHttps(credential)).createToken()
    await master.stop()
    expect(master.err()).toContain('/api/v1/tokens')
    expect(master.err()).not.toContain(credential.token)
    expect(master.err()).not.toContain(token)
  })

  it.each([
    ['--listen', 'nowhere'], ['--listen', '127.0.0.1:99999'], ['--api', '47099'], ['--nodes', '/nowhere/node.yaml'], ['--cluster', 'no good'], ['--name', 'a b'], ['--log-level', 'loud'], ['--joining', 'never'], ['--certificate-life', '30s'],
  ])('%s %s is refused before anything is written', async (...args) => {
    await using home = await temporaryFolder()
    const master = daemon(['master', ...ports, ...args], { home: home.path })
    expect(await master.ended).toBe(exitCodes.usage)
    expect(master.err()).toMatch(/^piccolo: /m)
    expect(await readdir(home.path)).toEqual([])
  })

  it('a credential file that is none is refused before a cluster is founded', async () => {
    await using home = await temporaryFolder()
    await writeFile(join(home.path, 'admin.json'), '{')
    const master = daemon(['master', ...ports, '--credential', join(home.path, 'admin.json')], { home: home.path })
    expect(await master.ended).toBe(exitCodes.usage)
    expect(await readdir(home.path)).toEqual(['admin.json'])
  })
})
