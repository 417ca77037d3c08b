import { existsSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { createServer, type AddressInfo } from 'node:net'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { exitCodes } from '../../src/index.js'
import { daemon, temporaryFolder, type Daemon } from '../support/daemon.js'

const commands = {
  master: ['master', '--listen', '127.0.0.1:0', '--api', '127.0.0.1:0'],
  agent: ['agent', '--master', '127.0.0.1:1', '--runtime', 'process'],
} as const

async function refused(daemonRun: Daemon): Promise<{ readonly code: number; readonly err: string }> {
  const code = await daemonRun.ended
  return { code, err: daemonRun.err() }
}

describe('a start that this machine stands in the way of ends the same for a master and an agent', () => {
  it.each(['master', 'agent'] as const)('%s: a file where its directory should be', async (name) => {
    await using home = await temporaryFolder()
    await writeFile(join(home.path, 'file'), '')
    for (const directory of ['file', 'file/below']) {
      const { code, err } = await refused(daemon([...commands[name], '--directory', join(home.path, directory)], { home: home.path }))
      expect({ code, err }).toEqual({ code: exitCodes.conflict, err: expect.stringMatching(`^piccolo: --directory: cannot write to ${home.path}/file`) as string })
    }
  })

  it.runIf(existsSync('/proc/self')).each(['master', 'agent'] as const)('%s: a file system on which nothing can be made', async (name) => {
    await using home = await temporaryFolder()
    const { code, err } = await refused(daemon([...commands[name], '--directory', '/proc/self/piccolo/state'], { home: home.path }))
    // Root is told that there is no such place, others that they may not write there.
    expect([exitCodes.conflict, exitCodes.denied]).toContain(code)
    expect(err).toMatch(/^piccolo: --directory: cannot write to \/proc\/self\/piccolo/)
  })

  it.each(['--listen', '--api'])('master: the port of %s is in use', async (option) => {
    await using home = await temporaryFolder()
    await using taken = await port()
    const { code, err } = await refused(daemon([...commands.master, option, taken.address], { home: home.path }))
    expect(code).toBe(exitCodes.conflict)
    expect(err.match(/in use/g)).toEqual(['in use'])
    expect(err).toContain(`piccolo: ${option === '--api' ? 'httpApi: ' : 'Cannot listen at '}${taken.address}`)
  })

  it.each(['--listen', '--api'])('master: %s names an address that this machine does not have', async (option) => {
    await using home = await temporaryFolder()
    // 192.0.2.0/24 is set aside for documentation (RFC 5737).
    const { code, err } = await refused(daemon([...commands.master, option, '192.0.2.1:0'], { home: home.path }))
    expect({ code, err }).toEqual({ code: exitCodes.usage, err: expect.stringContaining('192.0.2.1:0') as string })
  })
})

async function port(): Promise<AsyncDisposable & { readonly address: string }> {
  const server = createServer()
  await new Promise<void>((resolve) => { server.listen(0, '127.0.0.1', resolve) })
  return {
    address: `127.0.0.1:${String((server.address() as AddressInfo).port)}`,
    [Symbol.asyncDispose]: () => new Promise((resolve) => { server.close(() => { resolve() }) }),
  }
}
