import type { TokenRequest } from '@piccolo/core/spi'
import { describe, expect, it } from 'vitest'
import { piccolo } from '../support/cli.js'

describe('piccolo token create', () => {
  it('prints the token alone on standard output, and what to do on standard error', async () => {
    const { out, err } = await piccolo(['token', 'create'])
    expect(out).toBe('pcl1.a.b.c\n')
    expect(err).toContain('2026-01-02 12:15:00Z')
    expect(err).not.toContain('pcl1')
  })

  it.each([
    ['10.0.0.1:48100', '10.0.0.1:48100'], ['0.0.0.0:48100', 'HOST:48100'], ['[::]:47100', 'HOST:47100'], ['[fd00::1]:47100', '[fd00::1]:47100'],
  ])('says where the node is to dial: a master at %s, %s', async (sessionAddress, dialled) => {
    const cluster = () => Promise.resolve({ name: 'demo', clusterEpoch: 'e', term: 1n, version: '0.1.0', sessionAddress })
    expect((await piccolo(['token', 'create'], { client: { cluster } })).err).toContain(`--master ${dialled} `)
  })

  it('gives the token even if the master cannot be asked where it is dialled', async () => {
    const { code, out, err } = await piccolo(['token', 'create'], { client: { cluster: () => Promise.reject(new Error('gone')) } })
    expect(code).toBe(0)
    expect(out).toBe('pcl1.a.b.c\n')
    expect(err).toContain('--master HOST:PORT ')
  })

  it('binds the token as asked', async () => {
    const asked: (TokenRequest | undefined)[] = []
    const createToken = (request?: TokenRequest) => { asked.push(request); return Promise.resolve({ token: 't', id: 'i', expiresAtMs: 0 }) }
    const { out } = await piccolo(['token', 'create', '--valid-for', '2h', '--node-id', 'zone-b', '--type', 'cloud', '--role', 'monitor', '--label', 'a=1', '--label', 'b=x=y', '-o', 'json'], { client: { createToken } })
    expect(asked).toEqual([{ validForMs: 7_200_000, nodeId: 'zone-b', type: 'cloud', role: 'monitor', labels: { a: '1', b: 'x=y' } }])
    expect(JSON.parse(out)).toEqual({ token: 't', id: 'i', expiresAtMs: 0 })
  })

  it.each([['--valid-for', 'soon'], ['--valid-for', '25h'], ['--valid-for', '15'], ['--valid-for', '0s'], ['--label', 'novalue'], ['--type', 'ship'], ['--role', 'king']])('refuses %s %s', async (...option) => {
    expect(await piccolo(['token', 'create', ...option])).toMatchObject({ code: 2, connected: [], err: expect.stringContaining(option[0] ?? '') as string })
  })
})
