import { embeddedStore } from '@piccolo/store-embedded'
import { manualClock, seededRandom, silentLogger } from '@piccolo/testing'

/** A process that commits pairs of keys as fast as it can, and says which were acknowledged. It ends when it is killed. */
const [directory = '', round = ''] = process.argv.slice(2)
const signal = new AbortController().signal
const store = embeddedStore({ directory, history: { commits: 50 } })({ clock: manualClock(), random: seededRandom(1), logger: silentLogger })
await store.open(signal)

let count = 0
async function commitForever(): Promise<never> {
  for (;;) {
    const name = `${round}-${count++}`
    const value = new TextEncoder().encode(name.repeat(50))
    const mutations = ['left', 'right'].map((side) => ({ type: 'put' as const, key: `${side}/${name}`, value }))
    const { revision } = await store.commit({ preconditions: [], mutations }, signal)
    process.stdout.write(`${name} ${revision}\n`)
  }
}
await Promise.all(Array.from({ length: 4 }, commitForever))
