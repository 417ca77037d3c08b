import type { Invariant } from '../invariant.js'

/** A log line of level `error` asks for a person: nothing that happens here may need one. */
export const nothingFailsUnexpectedly: Invariant = {
  name: 'nothing fails unexpectedly',
  holds: 'No fault of the world is answered by a defect: nothing logs an error, the master never ends by itself, and what people ask for is not refused.',
  watch() {
    return (event) => {
      if (event.type === 'people' && event.outcome === 'refused') return `people were refused: ${event.asked} (${event.reason ?? ''})`
      if (event.type !== 'log' || event.level !== 'error') return undefined
      return `${event.who} logs an error: ${event.message} ${JSON.stringify(event.fields, (_, value: unknown) => (value instanceof Error ? value.message : value))}`
    }
  },
}
