import { describe, expect, it } from 'vitest'
import { piccolo } from '../support/cli.js'

describe('piccolo describe', () => {
  it('a node: what it is, how it stands, what it runs and what happened', async () => {
    const { out, code } = await piccolo(['describe', 'node', 'zone-a'])
    expect(code).toBe(0)
    expect(out).toMatch(/^Name: +zone-a$/m)
    expect(out).toMatch(/^Assignments: +up to date \(12\)$/m)
    expect(out).toMatch(/^ {2}Runtime: +podman 4\.3\.1$/m)
    expect(out).toMatch(/^ {2}Memory: +2\.0 GiB$/m)
    expect(out).toContain('  warn  disk: 84 % full')
    expect(out).not.toContain('podman: ')
    expect(out).toMatch(/^ {2}billing +dead +shop$/m)
    expect(out).toContain('main exited with 137')
    expect(out).not.toContain('\u001b')
  })

  it('a workload: each container with its reason', async () => {
    const { out } = await piccolo(['describe', 'workload', 'billing'])
    expect(out).toMatch(/^Version: +bbbbbbbbbbbb wanted, none in effect$/m)
    expect(out).toContain('Container main:')
    expect(out).toMatch(/^ {2}Exit code: +137 \(out of memory\)$/m)
    expect(out).toMatch(/^ {2}Next attempt: +2026-01-02 12:00:20Z$/m)
    expect(out).not.toContain('front started')
  })

  it('a package and a scenario, with what belongs to them', async () => {
    expect((await piccolo(['describe', 'package', 'shop'])).out).toContain('open-shop: launch, completed')
    expect((await piccolo(['describe', 'scenarios', 'night'])).out).toMatch(/^Package: +shop \(degraded\)$/m)
  })

  it('-o json gives programs the same', async () => {
    expect(JSON.parse((await piccolo(['describe', 'workload', 'web', '-o', 'json'])).out)).toMatchObject({ workload: { workload: 'web', epoch: '9' }, events: [{ id: '2.1' }] })
  })

  it('says what there is instead', async () => {
    expect(await piccolo(['describe', 'node', 'zone-b'])).toMatchObject({ code: 3, err: expect.stringContaining('"zone-a"') as string })
    expect(await piccolo(['describe', 'pakage', 'shop'])).toMatchObject({ code: 2, err: expect.stringContaining('Did you mean "package"?') as string })
  })
})
