import type { ClusterEvent } from '@piccolo/core/spi'
import type { TextOutput } from '../host.js'
import { eventColumns } from '../kinds/events.js'
import { table } from '../text/columns.js'

const mostShown = 10

/** The latest of the events, as a table. */
export function eventLines(events: readonly ClusterEvent[], output: Pick<TextOutput, 'width' | 'colour'>): string {
  const columns = eventColumns.filter(({ wide }) => wide !== true)
  return events.length === 0 ? '' : table(events.slice(-mostShown), columns, output)
}
