import type { RuntimeScope } from '@piccolo/core/spi'
import { asObject, asText, parseJson } from '../json.js'
import { isContainerInScope } from '../labels.js'
import type { Tidings } from './source.js'

/** After these a container's state is another one. What follows an end (`cleanup`) or precedes a start (`init`) is none. */
const changes = new Set(['create', 'start', 'died', 'stop', 'pause', 'unpause', 'rename', 'restore', 'checkpoint'])

/** After these there is an image, or a name for one, that was not there before. */
const arrivals = new Set(['pull', 'loadfromarchive', 'loadarchive', 'import', 'tag', 'build'])

/** One line of Podman's event log, or of `podman events --format json`, passed on as tidings if it is about a container in scope or about images. */
export function readEventLine(line: string, scope: RuntimeScope, tidings: Tidings): void {
  const event = asObject(parseJson(line))
  const id = asText(event['ID'])
  const status = asText(event['Status'])
  if (event['Type'] === 'image' && status !== undefined && arrivals.has(status)) tidings.imagesCame()
  if (id === undefined || event['Type'] !== 'container' || !isContainerInScope(scope, event['Attributes'])) return
  if (status === 'remove') tidings.removed(id)
  else if (status !== undefined && changes.has(status)) tidings.changed(id)
}
