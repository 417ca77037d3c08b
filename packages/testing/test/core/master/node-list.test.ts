import { afterEach, describe, expect, it } from 'vitest'
import { createMaster, type RunningMaster } from '@piccolo/core'
import { PiccoloError, type Caller, type Logger, type Operations } from '@piccolo/core/spi'
import { manualClock, memoryAuth, memoryBackend, memoryDisk, memoryNetwork, memoryStore, seededRandom, silentLogger } from '../../../src/index.js'

const admin: Caller = { principal: { kind: 'person', name: 'test', role: 'admin' }, source: 'test' }
const never = new AbortController().signal
const encode = (text: string): Uint8Array => new TextEncoder().encode(text)

let running: RunningMaster | undefined
afterEach(async () => { await running?.stop() })

async function masterWith(text: string | undefined, disk = memoryDisk()) {
  const clock = manualClock()
  const backend = memoryBackend()
  const refusals: object[] = []
  const logger: Logger = { ...silentLogger, error: (fields) => { refusals.push(fields) } }
  if (text !== undefined) await disk.replace('node.yaml', encode(text), never)
  let operations: Operations | undefined
  running = await createMaster({
    cluster: 'demo', clock, disk, logger, random: seededRandom(1), store: memoryStore({ backend }), auth: memoryAuth(), nodes: 'node.yaml',
    transport: memoryNetwork().transport({ listen: 'master:1' }),
    surfaces: [(context) => {
      operations = context.operations
      return { start: () => Promise.resolve({ address: '' }), close: () => Promise.resolve() }
    }],
  }).start()
  const names = async (): Promise<readonly string[]> => (await operations?.nodes(admin, never) ?? []).map(({ name }) => name)
  const write = async (next: string): Promise<void> => {
    await disk.replace('node.yaml', encode(next), never)
    for (let turn = 0; turn < 20; turn += 1) await clock.advance(50)
  }
  return { disk, names, write, refusals, clock, backend }
}

const one = 'nodes: [{ hostname: one, role: embedded, credentials: { tokenFile: tokens/one } }]'

describe('node.yaml', () => {
  it('E1: its nodes are expected from the start, and a change takes effect without a restart', async () => {
    const { names, write } = await masterWith(one)
    expect(await names()).toEqual(['one'])
    await write('nodes: [{ hostname: one, role: embedded }, { hostname: b, name: two, role: cloud, nodeRole: monitor, labels: { a: b } }]')
    expect(await names()).toEqual(['one', 'two'])
    await write('nodes: [{ hostname: b, name: two, role: cloud }]')
    expect(await names()).toEqual(['two'])
  })

  it('a file that turns bad changes nothing and is named with place and expectation', async () => {
    const { names, write, refusals } = await masterWith(one)
    await write('nodes: [{ hostname: one, role: cloudy }]')
    expect(await names()).toEqual(['one'])
    expect(JSON.stringify(refusals)).toContain('node.yaml:1:32: nodes[0].role: expected \\"embedded\\" or \\"cloud\\", found \\"cloudy\\"')
    await write('nodes: []')
    expect(await names()).toEqual([])
  })

  it('keeps the secret out: the token goes into the file that it names, and stays while it is good', async () => {
    const { disk, write } = await masterWith(one)
    const first = new TextDecoder().decode(await disk.read('tokens/one', never))
    expect(first).toMatch(/^pcl1\./)
    await write(`${one} # touched`)
    expect(new TextDecoder().decode(await disk.read('tokens/one', never))).toBe(first)
  })

  it('that is not there is refused with what to do', async () => {
    await expect(masterWith(undefined)).rejects.toMatchObject({ code: 'not-found', message: expect.stringContaining('docs/node-yaml.md') as string })
  })

  it.each([
    ['nodes: [{ hostname: one, role: embedded, ip: 10.0.0.300 }]', 'nodes[0].ip'],
    ['nodes: [{ hostname: one, role: embedded, secret: x }]', 'nodes[0].secret: expected no such field'],
    ['nodes: [{ hostname: one, role: embedded }, { hostname: one, role: cloud }]', 'expected each node once'],
    ['nodes: [{ hostname: one, role: embedded, credentials: { tokenFile: ../../etc/shadow } }]', 'nodes[0].credentials.tokenFile'],
    ['', 'expected a mapping with "nodes"'],
    ['nodes: [{ hostname: a/b, role: embedded }]', 'nodes[0].hostname: expected a name'],
    [`nodes: [{ hostname: ${'x'.repeat(600)}, role: embedded }]`, 'nodes[0].hostname: expected a name'],
  ])('%j is refused: %s', async (text, message) => {
    await expect(masterWith(text)).rejects.toMatchObject({ code: 'invalid-manifest', message: expect.stringContaining(message) as string })
  })

  it('a host name that can not be a node id needs a name beside it', async () => {
    const { names } = await masterWith('nodes: [{ hostname: "board 1", name: one, role: embedded }]')
    expect(await names()).toEqual(['one'])
  })

  it('that can not be read for a while, or whose token file can not be written, is told and changes nothing', async () => {
    const { disk, names, write, refusals, clock, backend } = await masterWith(one)
    const { read, replace } = disk
    disk.read = () => Promise.reject(new PiccoloError('permission-denied', 'no way in'))
    await write('nodes: []')
    expect(await names()).toEqual(['one'])
    expect(JSON.stringify(refusals)).toContain('no way in')
    disk.read = read
    disk.replace = (path, bytes, signal, options) => (path === 'node.yaml' ? replace.call(disk, path, bytes, signal, options) : Promise.reject(new PiccoloError('resource-exhausted', 'disk full')))
    await write('nodes: [{ hostname: one, role: embedded, credentials: { tokenFile: tokens/two } }]')
    const { length } = backend.list('tokens/', {}).entries
    await clock.advance(60_000)
    expect(backend.list('tokens/', {}).entries).toHaveLength(length)
    expect(JSON.stringify(refusals)).toContain('disk full')
    disk.replace = replace
    await write('nodes: []')
    expect(await names()).toEqual([])
  })

  it('takes what changed while it was read the first time', async () => {
    const disk = memoryDisk()
    await disk.replace('node.yaml', encode(one), never)
    const { read } = disk
    let reads = 0
    disk.read = async (path, signal) => {
      const bytes = await read.call(disk, path, signal)
      reads += 1
      if (reads === 1) await disk.replace('node.yaml', encode('nodes: []'), never)
      return bytes
    }
    const { names, clock } = await masterWith(undefined, disk)
    for (let turn = 0; turn < 20; turn += 1) await clock.advance(50)
    expect(await names()).toEqual([])
  })

  it('a node that leaves it before it has joined leaves no trace among the living', async () => {
    const { write, backend } = await masterWith(one)
    await write(`${one} # touched`)
    expect(backend.list('liveness/', {}).entries).toHaveLength(1)
    await write('nodes: []')
    expect(backend.list('liveness/', {}).entries).toHaveLength(0)
  })
})
