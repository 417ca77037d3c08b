import { readdir } from 'node:fs/promises'
import { describe, expect, it } from 'vitest'
import { exitCodes } from '../../src/index.js'
import { daemon, temporaryFolder } from '../support/daemon.js'

describe('piccolo agent', () => {
  it.each([
    [[], '--master'],
    [['--master', ','], 'master'],
    [['--master', 'a:1', '--discover-srv', '_piccolo._tcp.line-7.example'], '--discover-srv'],
    [['--master', 'a:1,b'], 'found "b"'],
    [['--master', 'a:99999'], 'found "a:99999"'],
    [['--master', 'a:1', '--token', 'pcl1.abc'], 'token'],
    [['--master', 'a:1', '--node-id', 'bad/id'], 'found "bad/id"'],
    [['--master', 'a:1', '--runtime', 'process', '--podman', '/usr/bin/podman'], '--runtime podman'],
    [['--master', 'a:1', '--containers-conf', '/nowhere/containers.conf'], 'no /nowhere/containers.conf'],
    [['--master', 'a:1', '--token', 't', '--token-file', 'f'], 'not both'],
    [['--master', 'a:1', '--podman-root', '/x'], 'all three'],
    [['--master', 'a:1', '--runtime', 'docker'], 'podman, process'],
    [['--master', 'a:1', '--profile', 'fast'], 'cellular'],
  ])('%j is refused with what to do, before anything is written', async (args, words) => {
    await using home = await temporaryFolder()
    const agent = daemon(['agent', ...args], { home: home.path })
    expect(await agent.ended).toBe(exitCodes.usage)
    expect(agent.err()).toMatch(/^piccolo: /m)
    expect(agent.err()).toContain(words)
    expect(await readdir(home.path)).toEqual([])
  })

  it('starts without its master, in its own directory, and stops in good order', async () => {
    await using home = await temporaryFolder()
    const agent = daemon(['agent', '--master', '127.0.0.1:1', '--node-id', 'zone-a', '--podman', '/nowhere/podman', '--ready-json'], { home: home.path, environment: { PICCOLO_TOKEN: `pcl1.${'a'.repeat(12)}.${'b'.repeat(40)}.${'c'.repeat(64)}` } })
    expect(await agent.ready).toEqual({ ready: true })
    expect(await agent.stop()).toBe(0)
    expect(agent.err()).not.toContain('b'.repeat(40))
  })
})
