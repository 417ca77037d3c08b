const inShort = { events: 25, lines: 40 }
const told = new Set(['phase', 'life', 'fault', 'people', 'violation'])

/** Listens to a simulation and remembers what may have led to its end. */
export class Story {
  #events = []
  #lines = []
  #faults = new Map()

  /** `line` shows `event` to people. */
  take(line, event) {
    if (event.type === 'fault') this.#takeFault(line, event)
    if (told.has(event.type) || (event.type === 'log' && event.level !== 'info')) keep(this.#events, line, inShort.events)
    // A beat tells nothing but that there is one.
    if (event.type !== 'message' || event.message.type !== 'beat') keep(this.#lines, line, 2_000)
  }

  /** What raged at the end, the last that befell the cluster, and the last about what `detail` names. */
  tell(detail) {
    const names = detail.match(/\bn\d+\b|\b[a-z]+-[a-z]\b/g) ?? []
    const workloads = names.filter((name) => name.includes('-'))
    const subjects = new Set(workloads.length > 0 ? workloads : names)
    const about = this.#lines.filter((line) => subjects.size === 0 || line.split(/[^a-z0-9-]+/).some((word) => subjects.has(word)))
    return { raging: [...this.#faults.values()], events: this.#events, subjects: [...subjects], lines: about.slice(-inShort.lines) }
  }

  #takeFault(line, { fault, what, detail }) {
    const name = `${fault} ${detail}`
    if (what === 'begins') this.#faults.set(name, line)
    else this.#faults.delete(name)
  }
}

function keep(list, line, most) {
  list.push(line)
  if (list.length > most) list.shift()
}
