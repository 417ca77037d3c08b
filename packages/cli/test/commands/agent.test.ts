import { describe, expect, it } from 'vitest'
import { daemon, temporaryFolder } from '../support/daemon.js'

describe('piccolo agent', () => {
  it.each([
    [[], '--master'],
    [['--master', ','], 'master'],
    [['--master', 'a:1,b'], 'found "b"'],
    [['--master', 'a:1', '--token', 't', '--token-file', 'f'], 'not both'],
    [['--master', 'a:1', '--podman-root', '/x'], 'all three'],
    [['--master', 'a:1', '--runtime', 'docker'], 'podman, process'],
    [['--master', 'a:1', '--profile', 'fast'], 'cellular'],
  ])('%j is refused with what to do', async (args, words) => {
    await using home = await temporaryFolder()
    const agent = daemon(['agent', ...args], { home: home.path })
    expect(await agent.ended).toBe(2)
    expect(agent.err()).toMatch(/^piccolo: /m)
    expect(agent.err()).toContain(words)
  })

  it('starts without its master, in its own directory, and stops in good order', async () => {
    await using home = await temporaryFolder()
    const agent = daemon(['agent', '--master', '127.0.0.1:1', '--node-id', 'zone-a', '--podman', '/nowhere/podman', '--ready-json'], { home: home.path, environment: { PICCOLO_TOKEN: `pcl1.${'a'.repeat(12)}.${'b'.repeat(40)}.${'c'.repeat(64)}` } })
    expect(await agent.ready).toEqual({ ready: true })
    expect(await agent.stop()).toBe(0)
    expect(agent.err()).not.toContain('b'.repeat(40))
  })
})
