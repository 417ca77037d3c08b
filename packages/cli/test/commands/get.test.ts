import { describe, expect, it } from 'vitest'
import { piccolo } from '../support/cli.js'
import { audit, events, nodes, nowMs, workloads } from '../support/fake-client.js'

describe('piccolo get', () => {
  it('shows each kind as a table', async () => {
    expect((await piccolo(['get', 'nodes'])).out).toBe([
      'NAME     STATE     TYPE      ROLE     WORKLOADS  SEEN   REASON',
      'cloud-1  notReady  cloud     gateway  0          never  podman is missing: install it with apt install podman and start again',
      'zone-a   ready     embedded  worker   2          3s',
      '',
    ].join('\n'))
    expect((await piccolo(['get', 'workloads'])).out).toBe([
      'NAME     STATE    READY  RESTARTS  AGE  NODE    REASON',
      'billing  dead     0/1    7              zone-a  CrashLoopBackOff: exited with 137',
      'web      running  2/2    3         3m   zone-a',
      '',
    ].join('\n'))
    expect((await piccolo(['get', 'packages'])).out).toBe([
      'NAME  STATE     MODELS                      REASON',
      'shop  degraded  web@zone-a, billing@zone-a  exited with 137',
      '',
    ].join('\n'))
    expect((await piccolo(['get', 'scenarios'])).out).toBe([
      'NAME       PHASE      ACTION     PACKAGE  REASON',
      'open-shop  completed  launch     shop',
      'night      waiting    terminate  shop     light is 80, waits for < 5',
      '',
    ].join('\n'))
    expect((await piccolo(['get', 'signals'])).out).toBe([
      'NAME         VALUE      TOLD   AWAITED BY',
      'cabin#light  80         2s     night',
      'door         not known  never  leave',
      '',
    ].join('\n'))
    expect((await piccolo(['get', 'tokens'])).out).toBe([
      'ID            STATE  NODE    TYPE   ROLE     GOOD FOR  FROM',
      '0a1b2c3d4e5f  used   zone-a',
      'feedfacefeed  open           cloud  gateway  14m       10.0.7.0/24,fd00::7',
      '',
    ].join('\n'))
    expect((await piccolo(['get', 'approvals'])).out).toBe([
      'NODE    KEY           HOST NAME  ADDRESS        WAITS  BECAUSE',
      'zone-a  ab12ab12ab12  board-9    10.0.0.9:4711  30s    the node has another key',
      '',
    ].join('\n'))
    expect((await piccolo(['get', 'audit'])).out).toBe([
      'TIME                  WHO         FROM             DID         TO            OUTCOME  BECAUSE',
      '2026-01-02 11:59:00Z  admin:ada   127.0.0.1:55012  apply       Package/shop  done',
      '2026-01-02 11:59:55Z  viewer:eve  10.0.0.9:40000   revokeNode  node/zone-a   refused  The role viewer may not do "revokeNode"; it takes the role admin.',
      '',
    ].join('\n'))
    expect((await piccolo(['get', 'artifacts'])).out).toBe('KIND     NAME  REVISION\nPackage  shop  14\n')
  })

  it('without a kind gives the whole picture', async () => {
    const { out, code } = await piccolo(['get'])
    expect(code).toBe(0)
    expect(out.match(/^(nodes|workloads|packages|scenarios)$/gm)).toEqual(['nodes', 'workloads', 'packages', 'scenarios'])
    expect(Object.keys(JSON.parse((await piccolo(['get', '-o', 'json'])).out) as object)).toEqual(['nodes', 'workloads', 'packages', 'scenarios'])
  })

  it('-o wide adds columns', async () => {
    const { out } = await piccolo(['get', 'nodes', '-o', 'wide'])
    expect(out).toContain('RUNTIME')
    expect(out).toContain('site=hull,deck=2')
  })

  it('-o json and yaml give programs everything, with bigints as strings', async () => {
    const asJson = JSON.parse((await piccolo(['get', 'nodes', '-o', 'json'])).out) as unknown
    expect(asJson).toMatchObject([{ name: 'cloud-1' }, { name: 'zone-a', heldGeneration: '12', facts: { cpuCores: 4 } }])
    expect((await piccolo(['get', 'workloads', 'web', '-o', 'yaml'])).out).toMatch(/^node: zone-a\nworkload: web\n/)
  })

  it('takes singulars, any case, and one name', async () => {
    const { out } = await piccolo(['get', 'Node', 'cloud-1', '-o', 'json'])
    expect(JSON.parse(out)).toMatchObject({ name: 'cloud-1' })
  })

  it('shows what was applied of a kind without a view of its own', async () => {
    const asked: (string | undefined)[] = []
    const list = (kind?: string) => { asked.push(kind); return Promise.resolve([{ kind: 'Policy', name: 'night', revision: 14n, document: { kind: 'Policy' } }]) }
    for (const word of ['policies', 'Policy']) expect((await piccolo(['get', word], { client: { artifacts: list } })).out).toBe('NAME   REVISION\nnight  14\n')
    expect((await piccolo(['get', 'policy', 'night', '-o', 'yaml'], { client: { artifacts: list } })).out).toContain('document:\n  kind: Policy\n')
    expect(asked).toEqual(['Policy', 'Policy', 'Policy'])
  })

  it('says so when there is nothing', async () => {
    expect(await piccolo(['get', 'workloads'], { client: { workloads: () => Promise.resolve([]) } })).toMatchObject({ code: 0, out: 'no workloads\n' })
  })

  it('tells a node whose connection is gone from one that is well', async () => {
    const suspects = nodes.map((node) => ({ ...node, suspect: true }))
    const { out } = await piccolo(['get', 'nodes'], { client: { nodes: () => Promise.resolve(suspects) }, colour: true })
    expect(out).toContain('\u001b[33mready, suspect\u001b[39m')
  })

  it('tells a node that may not be here, and why, before how it is', async () => {
    const doubted = nodes.map((node) => ({ ...node, standing: 'quarantined' as const, standingReason: 'Two boards use its key.', certifiedUntilMs: nowMs }))
    const { out } = await piccolo(['get', 'nodes', '-o', 'wide'], { client: { nodes: () => Promise.resolve(doubted) } })
    expect(out).toMatch(/^zone-a +quarantined .* until 2026-01-02 12:00:00Z +Two boards use its key\.$/m)
    expect((await piccolo(['describe', 'node', 'zone-a'], { client: { nodes: () => Promise.resolve(doubted) } })).out).toMatch(/^State: +quarantined$[^]*^Standing: +quarantined: Two boards use its key\.$\n^Certified: +until 2026-01-02 12:00:00Z$/m)
  })

  it('--limit and --security choose among events and audit, and are refused for anything else', async () => {
    const asked: unknown[] = []
    const client = {
      audit: (request?: { readonly limit?: number }) => { asked.push(request?.limit); return Promise.resolve(audit) },
      async *events(request?: { readonly limit?: number }) {
        asked.push(request?.limit)
        yield* events
        yield* ['3.1', '3.2'].map((id) => ({ ...events[0], id, message: `Refused ${id}.`, fields: { security: true } }) as (typeof events)[number])
      },
    }
    await piccolo(['get', 'audit', '--limit', '7'], { client })
    await piccolo(['get', 'events', '--limit', '3'], { client })
    const ids = async (...args: readonly string[]) => (JSON.parse((await piccolo([...args, '-o', 'json'], { client })).out) as readonly { readonly id: string }[]).map(({ id }) => id)
    expect(await ids('get', 'events', '--security', '--limit', '1')).toEqual(['3.2'])
    expect(await ids('get', 'events', '--security')).toEqual(['3.1', '3.2'])
    expect(await ids('events', '--security')).toEqual(['3.1', '3.2'])
    expect(asked).toEqual([7, 3, 10_000, 10_000, 10_000])
    for (const args of [['get', 'nodes', '--limit', '3'], ['get', '--security'], ['get', 'audit', '--security'], ['get', 'events', '--limit', '0'], ['get', 'events', '--limit', 'all']]) {
      expect(await piccolo(args, { client })).toMatchObject({ code: 2, connected: [], err: expect.stringMatching(/--(limit|security)/) as string })
    }
  })

  it('fits the terminal by cutting what may be cut', async () => {
    for (const width of [64, 70, 80, 120]) {
      const { out } = await piccolo(['get', 'nodes'], { width })
      expect(Math.max(...out.split('\n').map((line) => line.length))).toBeLessThanOrEqual(width)
      expect(out).toContain('cloud-1  notReady')
    }
    expect((await piccolo(['get', 'nodes'], { width: 80 })).out).toContain('…')
  })

  it('colours states for people, and only where colours are wanted', async () => {
    expect((await piccolo(['get', 'nodes'], { colour: true })).out).toContain('\u001b[32mready\u001b[39m')
    expect((await piccolo(['get', 'nodes'])).out).not.toContain('\u001b')
  })

  it('lets no escape sequence of a node through', async () => {
    const evil = { ...nodes[0], name: 'a\u001b]0;owned\u0007b', reasons: ['x\ny'] } as (typeof nodes)[number]
    const { out } = await piccolo(['get', 'nodes'], { client: { nodes: () => Promise.resolve([evil]) } })
    for (const control of ['\u001b', '\u0007']) expect(out).not.toContain(control)
    expect(out.split('\n').length).toBe(3)
  })

  it.each([['nods', '"nodes"'], ['workloud', '"workloads"'], ['zzz', 'one of: nodes, workloads']])('guesses what "%s" meant, without asking the master', async (word, guess) => {
    const { code, err, connected } = await piccolo(['get', word])
    expect({ code, connected }).toEqual({ code: 2, connected: [] })
    expect(err).toContain(guess)
  })

  it('guesses a name, too', async () => {
    expect(await piccolo(['get', 'node', 'zone-b'])).toMatchObject({ code: 3, err: 'piccolo: There is no node "zone-b". Did you mean "zone-a"?\n' })
    expect((await piccolo(['get', 'workload', 'nothing'])).err).toContain(`There are: ${workloads.map(({ workload }) => workload).sort().join(', ')}.`)
  })
})
