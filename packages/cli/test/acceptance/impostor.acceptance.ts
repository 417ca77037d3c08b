import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { connect as connectTls } from 'node:tls'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { localCluster, type LocalCluster } from '../../src/demo/local-cluster.js'
import { builtCommand } from './support/built-command.js'
import { eventually } from './support/eventually.js'
import { genuineAuthority, impostor, type Impostor, type ImpostorOptions } from './support/impostor.js'

const cluster = 'ours'

describe('I2: in the middle, with another authority', () => {
  let directory: string
  let local: LocalCluster
  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'pm-'))
    local = await localCluster({ directory, entry: builtCommand(), cluster })
  })
  afterAll(async () => {
    await local?.stop()
    await rm(directory, { recursive: true, force: true })
  })

  const log = (name: string): Promise<string> => readFile(join(directory, 'logs', `${name}.log`), 'utf8')
  const inTheMiddle = async (options: ImpostorOptions): Promise<Impostor> => {
    const stranger = await impostor(options)
    onTestFinished(() => stranger.close())
    return stranger
  }
  const nodes = async () => (await local.client.nodes()).map(({ name, phase }) => `${name} ${phase}`)
  const runtimeArguments = ['--runtime', 'process']

  test('the ear of the impostor works: who does not look at certificates tells it everything', async () => {
    const stranger = await inTheMiddle({ cluster })
    const [host = '', port = ''] = stranger.address.split(':')
    const careless = connectTls({ host, port: Number(port), rejectUnauthorized: false, ALPNProtocols: ['h2'] }, () => careless.write('the secret'))
    await eventually('it to have heard', () => Promise.resolve(stranger.heard() === 'the secret' ? true : undefined))
    careless.destroy()
  })

  test.each([
    ['its own authority', () => Promise.resolve({ cluster })],
    ['the genuine authority\'s certificate behind its own', async () => ({ cluster, shownPem: await genuineAuthority(local.credentialPath) })],
  ] as const)('I2: who shows %s sees neither secret nor request; the agent says so, and joins where the genuine master is', async (_, options) => {
    const stranger = await inTheMiddle(await options())
    const name = `node-${stranger.address.split(':')[1] ?? ''}`
    const { token } = await local.client.createToken({ nodeId: name })
    await local.startAgent({ name, token, masters: [stranger.address, local.sessionAddress], runtimeArguments })
    await eventually('the node to have joined all the same', async () => ((await nodes()).includes(`${name} ready`) ? true : undefined))
    expect(stranger.calls).toBeGreaterThan(0)
    expect(stranger.heard()).toBe('')
    expect(await log(name)).toMatch(/enrolment failed/)
    expect(await log(name)).toContain(stranger.address)
    await local.agent(name)?.stop()
  })

  test('I2: who takes the place of a master that is down hears nothing from its nodes, and they come back to it', async () => {
    await local.startAgent({ name: 'loyal', runtimeArguments })
    await eventually('the node to be ready', async () => ((await nodes()).includes('loyal ready') ? true : undefined))
    await local.stopMaster('kill')
    const stranger = await inTheMiddle({ cluster, port: Number(local.sessionAddress.split(':')[1]) })
    await eventually('the agent to have called there', () => Promise.resolve(stranger.calls > 1 ? true : undefined))
    expect(stranger.heard()).toBe('')
    await stranger.close()
    await local.startMaster()
    await eventually('the node to be back', async () => {
      const view = (await local.client.nodes()).find(({ name }) => name === 'loyal')
      return view?.connected === true && view.phase === 'ready' ? true : undefined
    })
  })

  test('I1: who lost the race for a token joins with one of its own, without being started again', async () => {
    const { token } = await local.client.createToken({})
    const names = ['one', 'other']
    await Promise.all(names.map((name) => local.startAgent({ name, token, runtimeArguments })))
    const winner = await eventually('one to be in', async () => {
      const lines = await nodes()
      return names.find((name) => lines.includes(`${name} ready`))
    })
    const loser = winner === 'one' ? 'other' : 'one'
    await eventually('the other to be told', async () => (/has been used.*piccolo token create/.test(await log(loser)) ? true : undefined))
    expect((await nodes()).some((line) => line.startsWith(`${loser} `))).toBe(false)
    await writeFile(join(directory, `${loser}.token`), (await local.client.createToken({ nodeId: loser })).token)
    await eventually('the other to be in as well', async () => ((await nodes()).includes(`${loser} ready`) ? true : undefined), { withinMs: 30_000 })
    expect(local.agent(loser)).toMatchObject({ running: true })
  })

  test.each([
    ['HTTP/1.1', 'GET /api/nodes HTTP/1.1\r\nhost: x\r\n\r\n'],
    ['HTTP/2 without TLS', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0'],
    ['nothing to the point', '\xff\0'.repeat(100)],
  ])('who speaks %s in plaintext gets nothing, at either port', async (_, words) => {
    for (const address of [local.sessionAddress, local.credential.address.replace('https://', '')]) {
      const answer = await plaintext(address, words)
      // At most a TLS alert: seven bytes, the first of which says so.
      expect(answer.length === 0 || (answer.length === 7 && answer[0] === 21)).toBe(true)
    }
    expect(await nodes()).toContain('loyal ready')
  })
})

/** What comes back until the other side closes. */
function plaintext(address: string, words: string): Promise<Buffer> {
  const [host = '', port = ''] = address.split(':')
  return new Promise((resolve, reject) => {
    const parts: Buffer[] = []
    const socket = connect({ host, port: Number(port) }, () => { socket.write(words, 'latin1') })
    socket.setTimeout(10_000, () => { socket.destroy(new Error(`${address} neither answers nor closes.`)) })
    socket.on('data', (bytes) => parts.push(bytes))
    socket.on('error', (error) => {
      if ('code' in error && error.code === 'ECONNRESET') resolve(Buffer.concat(parts))
      else reject(error)
    })
    socket.on('close', () => { resolve(Buffer.concat(parts)) })
  })
}
