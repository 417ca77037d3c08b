import type { Response } from 'undici'

export interface SseEvent {
  readonly event: string
  readonly id?: string
  readonly data: unknown
}

/** Reads a stream's events as they come. */
export async function* sseEvents(response: Response): AsyncGenerator<SseEvent> {
  let text = ''
  for await (const chunk of (response.body ?? []) as AsyncIterable<Uint8Array>) {
    text += Buffer.from(chunk).toString('utf8')
    const blocks = text.split('\n\n')
    text = blocks.pop() ?? ''
    for (const block of blocks) {
      const fields = new Map(block.split('\n').map((line) => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 2)]))
      const data = fields.get('data')
      if (data === undefined) continue
      const id = fields.get('id')
      yield { event: fields.get('event') ?? 'message', ...(id === undefined ? {} : { id }), data: JSON.parse(data) as unknown }
    }
  }
}

/** The first `count` events; the connection is closed then. */
export async function takeEvents(response: Response, count: number): Promise<readonly SseEvent[]> {
  const taken: SseEvent[] = []
  for await (const event of sseEvents(response)) {
    taken.push(event)
    if (taken.length === count) break
  }
  return taken
}
