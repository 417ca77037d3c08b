import { once } from 'node:events'
import { createReadStream } from 'node:fs'
import { chmod, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { killProcess } from '../../../../tooling/vitest/processes.js'
import { PodmanApi } from '../../src/engine/podman-api.js'
import { OnDemandService } from '../../src/engine/on-demand-service.js'
import { prepareSocketDirectory } from '../../src/engine/socket-directory.js'
import { resolveOptions } from '../../src/options.js'
import { realClock } from '../support/real-clock.js'

/** Stands in for `podman system service`: answers by path, ends by itself, counts its starts in a file. */
const program = `#!${process.execPath}
const http = require('node:http'), fs = require('node:fs'), path = require('node:path')
const socket = process.argv.at(-1).replace('unix://', '')
fs.appendFileSync(path.join(__dirname, 'starts'), process.pid + '\\n')
if (fs.existsSync(path.join(__dirname, 'broken'))) { console.error('Error: default OCI runtime "crun" not found: invalid argument'); process.exit(125) }
let following
http.createServer((request, response) => {
  if (request.url.endsWith('/ok')) response.end('{"fine":true}')
  else if (request.url.endsWith('/missing')) response.writeHead(404).end('{"message":"no such container"}')
  else if (request.url.endsWith('/follow')) { response.write('one'); following = response }
  else if (request.url.endsWith('/more')) { following.write('two'); response.end() }
  else if (request.url.endsWith('/die')) process.kill(process.pid, 'SIGKILL')
}).listen(socket)
setTimeout(() => process.exit(0), 20000).unref()
`

describe('the API', () => {
  let directory: string
  let service: OnDemandService
  let api: PodmanApi
  const never = new AbortController().signal
  const starts = async (): Promise<number[]> =>
    (await import('node:fs/promises')).readFile(join(directory, 'starts'), 'utf8').then((text) => text.split('\n').slice(0, -1).map(Number), () => [])

  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'pcl-api-'))
    const binary = join(directory, 'podman')
    await writeFile(binary, program)
    await chmod(binary, 0o755)
    service = new OnDemandService(resolveOptions({ binary, socketDirectory: directory }, { uid: 0 }), realClock)
    api = new PodmanApi(service, { clock: realClock, deadlineMs: 5_000 })
    service.open()
  })
  afterEach(async () => {
    service.close()
    for (const pid of await starts()) killProcess(pid)
    await rm(directory, { recursive: true, force: true, maxRetries: 5, retryDelay: 20 })
  })

  test('starts one service for many requests', async () => {
    const ask = (): Promise<unknown> => api.call({ method: 'GET', path: '/ok', doing: 'Asking', signal: never })
    expect(await Promise.all([ask(), ask(), ask()])).toEqual(Array(3).fill({ status: 200, body: { fine: true } }))
    expect(await starts()).toHaveLength(1)
  })

  test('asks a question again, of a new service, when the old one was killed', async () => {
    await api.call({ method: 'GET', path: '/ok', doing: 'Asking', signal: never })
    await expect(api.call({ method: 'POST', path: '/die', doing: 'Doing', signal: never })).rejects.toMatchObject({ code: 'unavailable' })
    expect(await api.call({ method: 'GET', path: '/ok', doing: 'Asking', signal: never })).toMatchObject({ status: 200 })
    await expect(api.call({ method: 'GET', path: '/die', doing: 'Asking', signal: never })).rejects.toMatchObject({ code: 'unavailable' })
    expect(await starts()).toHaveLength(3) // the first, one for the question that was fine, one for the second try
  })

  test('gives up at its deadline, and at once when aborted', async () => {
    const call = { method: 'GET', path: '/silent', doing: 'Asking', signal: never } as const
    await expect(api.call({ ...call, deadlineMs: 30 })).rejects.toMatchObject({ code: 'deadline-exceeded' })
    const controller = new AbortController()
    const asked = api.call({ ...call, signal: controller.signal })
    controller.abort()
    await expect(asked).rejects.toMatchObject({ code: 'aborted' })
  })

  test('lets go of the file that it sends when the call fails, or is aborted', async () => {
    const archive = join(directory, 'archive')
    await writeFile(archive, Buffer.alloc(1024 * 1024))
    const controller = new AbortController()
    const upload = (path: string): { readonly body: Readable; readonly outcome: Promise<unknown> } => {
      const body = createReadStream(archive)
      return { body, outcome: api.call({ method: 'POST', path, body, doing: 'Sending', signal: controller.signal }) }
    }
    const refused = upload('/missing')
    await expect(refused.outcome).rejects.toMatchObject({ code: 'not-found' })
    const given = upload('/silent')
    await once(given.body, 'open')
    controller.abort()
    await expect(given.outcome).rejects.toMatchObject({ code: 'aborted' })
    await vi.waitFor(() => expect([refused.body.closed, given.body.closed]).toEqual([true, true]), { timeout: 5_000 })
  })

  test('a file that can not be read fails its own call alone, and says why', async () => {
    const following = api.stream({ method: 'GET', path: '/follow', doing: 'Following', signal: never })[Symbol.asyncIterator]()
    expect(String((await following.next()).value)).toBe('one')
    const body = new Readable({ read() { this.destroy(new Error('EIO: i/o error, read')) } })
    await expect(api.call({ method: 'POST', path: '/silent', body, doing: 'Sending', signal: never })).rejects.toMatchObject({ message: expect.stringMatching(/^Sending failed: EIO/) })
    await api.call({ method: 'POST', path: '/more', doing: 'Asking for more', signal: never })
    expect(String((await following.next()).value)).toBe('two')
    await following.return?.(undefined)
    expect(await starts()).toHaveLength(1)
  })

  test('tells failures apart from expected statuses', async () => {
    const call = { method: 'GET', path: '/missing', doing: 'Asking', signal: never } as const
    await expect(api.call(call)).rejects.toMatchObject({ code: 'not-found', message: expect.stringMatching(/^Asking failed: no such container/) })
    expect(await api.call({ ...call, expect: [404] })).toMatchObject({ status: 404 })
  })

  test('says why the service does not start, and tries anew when asked again', async () => {
    await writeFile(join(directory, 'broken'), '')
    const ask = (): Promise<unknown> => api.call({ method: 'GET', path: '/ok', doing: 'Asking', signal: never })
    await expect(ask()).rejects.toMatchObject({ code: 'failed-precondition', message: expect.stringContaining('runc') })
    await rm(join(directory, 'broken'))
    expect(await ask()).toMatchObject({ status: 200 })
  })

  test('says what to install when there is no Podman', async () => {
    const settings = resolveOptions({ binary: join(directory, 'absent'), socketDirectory: directory }, { uid: 0 })
    const absent = new OnDemandService(settings, realClock)
    absent.open()
    const alone = new PodmanApi(absent, { clock: realClock, deadlineMs: 1_000 })
    await expect(alone.call({ method: 'GET', path: '/ok', doing: 'Asking', signal: never })).rejects.toMatchObject({ code: 'unavailable', message: expect.stringContaining('install Podman') })
  })

  test('ends an idle service on close, sweeps its socket, and refuses further calls', async () => {
    await api.call({ method: 'GET', path: '/ok', doing: 'Asking', signal: never })
    service.close()
    await vi.waitFor(async () => expect((await readdir(directory)).filter((name) => name.includes('.sock'))).toEqual([]), { timeout: 5_000 })
    await expect(api.call({ method: 'GET', path: '/ok', doing: 'Asking', signal: never })).rejects.toMatchObject({ code: 'failed-precondition' })
  })
})

describe('the directory for sockets', () => {
  let directory: string
  beforeEach(async () => { directory = await mkdtemp(join(tmpdir(), 'pcl-sock-')) })
  afterEach(async () => { await rm(directory, { recursive: true, force: true }) })
  const uid = process.getuid?.() ?? 0

  test('loses what ended processes left, and nothing else', async () => {
    for (const name of ['podman-999999999-abc.sock', `podman-${process.pid}-abc.sock`, 'other']) await writeFile(join(directory, name), '')
    await prepareSocketDirectory(directory, uid)
    expect((await readdir(directory)).sort()).toEqual(['other', `podman-${process.pid}-abc.sock`])
  })

  test('is refused when others can write to it, or its path is too long', async () => {
    await chmod(directory, 0o777)
    await expect(prepareSocketDirectory(directory, uid)).rejects.toMatchObject({ code: 'permission-denied' })
    await expect(prepareSocketDirectory(join(directory, 'x'.repeat(70)), uid)).rejects.toMatchObject({ code: 'invalid-argument' })
  })
})
