import type { Ground, Stage } from './stage.js'

/** A runtime that needs no Podman: what these snippets show is the agent. */
const withoutPodman: readonly [string, string] = ['podmanRuntime()', 'memoryRuntime(memoryMachine({ clock: systemClock }))']
const memoryParts = "import { memoryMachine, memoryRuntime } from '@piccolo/testing'; import { systemClock } from '@piccolo/core/system'"
const joined = "import { setTimeout as pause } from 'node:timers/promises'; while (agent.nodeId === undefined) await pause(10)"

const masterParts = `
import { memoryAuth, memoryNetwork, memoryStore, manualClock } from '@piccolo/testing'
const parts = { cluster: 'ship', store: memoryStore(), auth: memoryAuth(), transport: memoryNetwork({ clock: manualClock() }).transport() }`

const agentParts = `
import { memoryCredentials, memoryNetwork, manualClock } from '@piccolo/testing'
const parts = {
  master: ['memory'], auth: memoryCredentials(), stateDirectory: '/var/lib/ship/agent', transport: memoryNetwork({ clock: manualClock() }).transport(),
}`

/** By page, and by the number of the snippet on it. A snippet that is not here is run as it stands. */
export const programStages = (ground: Ground): Readonly<Record<string, Stage>> => ({
  'README.md 1': {
    before: `${memoryParts}\nimport { createClient } from '@piccolo/client'; import { Agent, fetch } from 'undici'`,
    instead: [
      withoutPodman,
      ["'10.0.0.1:47100'", 'master.address'],
      ['// On each node', `
        const dispatcher = new Agent({ connect: { ca: credential.caPem, servername: 'piccolo-master' } })
        const client = createClient({ ...credential, fetch: (url, init) => fetch(url, { ...init, dispatcher }) })
        process.env['JOIN_TOKEN'] = (await client.createToken({ nodeId: 'front' })).token // `],
    ],
    after: `${joined}\nif ((await client.nodes())[0]?.name !== 'front') throw new Error('front did not join')\nawait dispatcher.close()`,
  },
  'docs/simulation.md 1': { before: 'const myRuntime = (machine) => machine' },
  'packages/client/README.md 1': {
    before: `
      const token = ${JSON.stringify(ground.token)}
      const [stop, say] = [new AbortController(), console.log]
      const { signal } = stop
      // The first event is enough.
      console.log = (...words) => { say(...words); if (words.length === 1) stop.abort() }`,
    after: "if (!signal.aborted) throw new Error('no event came')",
  },
  'packages/client/README.md 2': {
    before: `
      import { createClient } from '@piccolo/client'
      const [address, token, caPem] = ${JSON.stringify([ground.api, ground.token, ground.caPem])}`,
    after: 'await client.nodes()\nawait dispatcher.close()',
  },
  'packages/conformance/README.md 2': {
    before: `
      import { manualClock, memoryBackend, memoryStore, seededRandom, silentLogger } from '@piccolo/testing'
      const bed = async () => {
        const backend = memoryBackend()
        const context = { clock: manualClock(), random: seededRandom(1), logger: silentLogger }
        return { subject: { create: () => memoryStore({ backend })(context) }, dispose: async () => undefined }
      }`,
  },
  'packages/core/README.md 1': { instead: [['await master.ended', 'const ended = master.ended; await master.stop(); await ended']] },
  'packages/core/README.md 2': { before: memoryParts, instead: [withoutPodman], after: joined },
  'packages/core/src/agent/create-agent.ts 1': { before: memoryParts, instead: [withoutPodman] },
  'packages/http-api/README.md 1': { before: masterParts },
  'packages/runtime-podman/README.md 1': { before: agentParts },
  'packages/store-embedded/README.md 1': {
    before: "import { manualClock, seededRandom, silentLogger } from '@piccolo/testing'",
    after: `
      const opened = store({ clock: manualClock(), random: seededRandom(1), logger: silentLogger })
      await opened.open(AbortSignal.timeout(5_000))
      await opened.close()`,
  },
})
