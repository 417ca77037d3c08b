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
    const { out } = await piccolo(['token', 'create', '--valid-for', '2h', '--node-id', 'zone-b', '--type', 'cloud', '--role', 'monitor', '--label', 'a=1', '--label', 'b=x=y', '--address', '10.0.7.0/24', '--address', 'fd00::7', '-o', 'json'], { client: { createToken } })
    expect(asked).toEqual([{ validForMs: 7_200_000, nodeId: 'zone-b', type: 'cloud', role: 'monitor', labels: { a: '1', b: 'x=y' }, addresses: ['10.0.7.0/24', 'fd00::7'] }])
    expect(JSON.parse(out)).toEqual({ token: 't', id: 'i', expiresAtMs: 0 })
  })

  it.each([['--valid-for', 'soon'], ['--valid-for', '25h'], ['--valid-for', '15'], ['--valid-for', '0s'], ['--label', 'novalue'], ['--type', 'ship'], ['--role', 'king']])('refuses %s %s', async (...option) => {
    expect(await piccolo(['token', 'create', ...option])).toMatchObject({ code: 2, connected: [], err: expect.stringContaining(option[0] ?? '') as string })
  })
})

describe('piccolo token list and revoke', () => {
  it('shows what "get tokens" shows', async () => {
    const shown = await Promise.all([[], ['-o', 'wide'], ['-o', 'json']].map((format) => Promise.all([piccolo(['token', 'list', ...format]), piccolo(['get', 'tokens', ...format])])))
    for (const [list, get] of shown) expect(list.out).toBe(get.out)
    expect(shown[1]?.[0].out).toContain('site=quay')
  })

  it('takes a token back', async () => {
    const asked: string[] = []
    const revokeToken = (id: string) => { asked.push(id); return Promise.resolve() }
    expect(await piccolo(['token', 'revoke', 'feedfacefeed'], { client: { revokeToken } })).toMatchObject({ code: 0, out: 'token/feedfacefeed revoked\n' })
    expect(asked).toEqual(['feedfacefeed'])
    expect(await piccolo(['token', 'revoke'])).toMatchObject({ code: 2, connected: [] })
  })
})
