import { afterAll, beforeAll, expect, test } from 'vitest'
import { describeWith } from '../../../../tooling/vitest/needs.js'
import { demoPlace, type DemoPlace } from './support/demo-run.js'

const acts = [
  'A cluster on this machine', 'Two nodes join', 'A Scenario', 'A container is killed', 'An agent is killed', 'The agent comes back', 'Cleaning up',
]
const joins = 'Two nodes join'
const deploys = 'A Scenario'
const staysUp = 'It stays up'
/** It may have to take Podman away in the middle of a deploy. */
const patient = 120_000

function demoWith(runtime: 'podman' | 'process', needs: Parameters<typeof describeWith>[0], title: string): void {
  describeWith(needs, title, () => {
    let place: DemoPlace
    beforeAll(async () => { place = await demoPlace() })
    afterAll(() => place?.dispose())

    test(`with ${runtime}: it deploys, breaks and mends, ends with 0 and leaves nothing`, async () => {
      const { lines, ended, errors } = place.run('--once', '--runtime', runtime)
      expect(await ended, errors()).toBe(0)
      expect(errors()).toBe('')
      const titles = lines.flatMap(({ event, title }) => (event === 'act' && title !== undefined ? [title] : []))
      expect(titles.map((title, index) => title.startsWith(acts[index] ?? '?'))).toEqual(acts.map(() => true))
      const last = lines.filter(({ event }) => event === 'state').at(-1)
      expect(last?.nodes).toMatchObject([{ name: 'front', phase: 'ready' }, { name: 'rear', phase: 'ready' }])
      const camera = last?.workloads?.find(({ workload }) => workload === 'camera')
      expect(camera).toMatchObject({ state: 'running', containers: [{ restarts: 1 }] })
      expect(lines.find(({ same }) => same !== undefined)?.same).toBe(true)
      expect(lines.at(-1)?.done).toBe(true)
      await place.expectNothingLeft()
    }, patient)

    test.each([
      ['SIGINT', staysUp],
      ['SIGTERM', deploys],
      ['SIGHUP', joins],
    ] as const)(`with ${runtime}: %s in the act "%s" ends it in good order, with 0`, async (signal, title) => {
      const { ended, errors, lines, act, signal: send } = place.run('--runtime', runtime)
      await act(title)
      send(signal)
      expect(await ended, errors()).toBe(0)
      expect(lines.at(-1)?.done).toBe(true)
      await place.expectNothingLeft()
    }, patient)

    test(`with ${runtime}: it cleans up after itself when nobody reads its output any more`, async () => {
      const { ended, act, hangUp } = place.run('--runtime', runtime)
      await act(joins)
      hangUp()
      expect(await ended).toBe(0)
      await place.expectNothingLeft()
    }, patient)

    test(`with ${runtime}: what was killed, be it in the middle of something, is cleaned up after by the next`, async () => {
      for (const title of [joins, staysUp]) {
        const { ended, act, signal } = place.run('--runtime', runtime)
        await act(title)
        signal('SIGKILL')
        expect(await ended).toBeUndefined()
        expect((await place.processes()).length).toBeGreaterThan(0)
      }
      const next = place.run('--once', '--runtime', 'process')
      expect(await next.ended, next.errors()).toBe(0)
      await place.expectNothingLeft()
    }, patient)
  })
}

demoWith('podman', { podman: true, root: true, linux: true }, 'W1, A4: the demo with containers')
demoWith('process', { linux: true }, 'the demo with processes')
