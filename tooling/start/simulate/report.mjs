import { replayCommand } from './options.mjs'

/** One seed in one line. */
export function seedLine(outcome) {
  const { seed, problem, traceHash, cpuMs, simulatedMs, counts } = outcome
  const ran = counts === undefined ? '' : `  ${traceHash.slice(0, 16)}  ${(cpuMs / 1000).toFixed(2).padStart(6)} s  ${minutes(simulatedMs)} simulated: ${counts.faults} faults, ${counts.requests} requests, ${counts.commits} commits, ${counts.events} events`
  return `${problem === undefined ? '✔' : '✘'} seed ${String(seed).padEnd(6)}${ran}`
}

/** What went wrong with a seed, what led to it, and how to see it again. */
export function failureText(outcome, options) {
  const { seed, problem, climate, story, violation } = outcome
  return [
    `  ✘ ${problem}`,
    ...(violation === undefined ? [] : [`    at ${(violation.atMs / 1000).toFixed(3)} s of the simulated clock`]),
    ...(climate === undefined ? [] : [`  the climate: ${climate}`]),
    ...(story === undefined ? [] : storyLines(story)),
    `  → ${replayCommand(seed, options)}`,
  ].join('\n')
}

function storyLines({ raging, events, subjects, lines }) {
  return [
    ...section('what raged then', raging),
    ...section('what befell the cluster last', events),
    ...section(subjects.length === 0 ? 'the last that happened' : `the last about ${subjects.join(', ')}`, lines),
  ]
}

function section(heading, lines) {
  return lines.length === 0 ? [] : [`  ${heading}:`, ...lines.map((line) => `    ${line}`)]
}

/** All seeds in one line, the last. */
export function summaryLine(outcomes, tookMs) {
  const failed = outcomes.filter(({ problem }) => problem !== undefined)
  const simulatedMs = outcomes.reduce((sum, outcome) => sum + (outcome.simulatedMs ?? 0), 0)
  const which = failed.length === 0 ? '' : ` (${failed.map(({ seed }) => seed).join(', ')})`
  return `${outcomes.length - failed.length} passed, ${failed.length} failed${which}; ${(simulatedMs / 3_600_000).toFixed(1)} h simulated in ${(tookMs / 1000).toFixed(0)} s${blowsText(outcomes)}`
}

/** What struck how often, in all seeds together. */
function blowsText(outcomes) {
  const counts = new Map()
  for (const { struck = {} } of outcomes) for (const [fault, count] of Object.entries(struck)) counts.set(fault, (counts.get(fault) ?? 0) + count)
  const blows = [...counts].sort(([a], [b]) => (a < b ? -1 : 1)).map(([fault, count]) => `${count} × ${fault}`)
  return blows.length === 0 ? '' : `; ${blows.join(', ')}`
}

function minutes(ms) {
  return `${(ms / 60_000).toFixed(1)} min`
}
