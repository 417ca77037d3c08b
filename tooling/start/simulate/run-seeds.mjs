import { fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'

const worker = fileURLToPath(new URL('worker.mjs', import.meta.url))
/** A simulation makes much that is soon forgotten: with room for it, less is looked through again and again. */
const execArgv = ['--max-semi-space-size=32']
/** Of real time. A seed takes seconds; one that takes this long goes round in circles. */
const longestMs = 600_000

/** Lets every seed run, some side by side; `onOutcome` gets each outcome as it comes. Gives them all, by seed. */
export async function runSeeds(options, onOutcome) {
  const left = Array.from({ length: options.seeds }, (_, index) => options.firstSeed + index)
  const outcomes = []
  const work = async () => {
    let child
    for (let seed = left.shift(); seed !== undefined; seed = left.shift()) {
      child = child?.connected === true ? child : fork(worker, { execArgv })
      const outcome = await ask(child, { seed, options })
      outcomes.push(outcome)
      onOutcome(outcome)
    }
    child?.disconnect()
  }
  await Promise.all(Array.from({ length: Math.min(options.workers, options.seeds) }, work))
  return outcomes.sort((a, b) => a.seed - b.seed)
}

/** What becomes of the seed; that its process dies or takes too long is an outcome, too. */
function ask(child, request) {
  const { seed } = request
  return new Promise((resolve) => {
    const late = setTimeout(() => {
      child.kill('SIGKILL')
      settle({ seed, problem: `it has not ended within ${longestMs / 1000} s of real time` })
    }, longestMs)
    const died = (code, signal) => settle({ seed, problem: `its process ended with ${signal ?? code}` })
    const settle = (outcome) => {
      clearTimeout(late)
      child.off('message', settle)
      child.off('exit', died)
      resolve(outcome)
    }
    child.on('message', settle)
    child.on('exit', died)
    child.send(request)
  })
}
