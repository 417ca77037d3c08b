import { setTimeout as pause } from 'node:timers/promises'
import { parentPort, workerData } from 'node:worker_threads'
import { applicant, helloOf, type ApplicantOptions } from './applicant.js'

const beatEveryMs = 100

const signal = new AbortController().signal
const options = workerData as ApplicantOptions
const node = await applicant(options, signal)
await node.enrol(signal)
const channel = await node.connect(signal)
await channel.send(helloOf(options.name), signal)
const messages = channel.messages[Symbol.asyncIterator]()
const first = await messages.next()
if (first.done === true || first.value.type !== 'welcome') throw new Error('The live node was not welcomed.')
const { sessionToken } = first.value

let echoes: number[] = []
const sentAt = new Map<number, number>()
parentPort?.on('message', () => {
  // What has been waited for until now counts as well.
  const waiting = [...sentAt.values()].map((sentMs) => performance.now() - sentMs)
  parentPort?.postMessage([...echoes, ...waiting])
  echoes = []
})
parentPort?.postMessage('ready')

void (async () => {
  for (let number = 1; ; number += 1) {
    sentAt.set(number, performance.now())
    await channel.send({ type: 'beat', number, sentAtBootMs: 0, lastEcho: number - 1, loopAgeMs: 0, sessionToken, sequence: number }, signal)
    await pause(beatEveryMs)
  }
})()
for (let next = await messages.next(); next.done !== true; next = await messages.next()) {
  if (next.value.type !== 'beat') continue
  echoes.push(performance.now() - (sentAt.get(next.value.number) ?? 0))
  sentAt.delete(next.value.number)
}
throw new Error('The session of the live node ended.')
