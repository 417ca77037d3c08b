import { PiccoloError } from '@piccolo/core/spi'

export interface SseMessage {
  readonly event: string
  /** The last id sent so far; stays until another comes. */
  readonly lastId: string | undefined
  readonly data: string
}

/** No event of Piccolo's comes near it. */
const longestEvent = 4 * 1024 * 1024

/** Server-sent events, as the WHATWG's HTML standard parses them. Feed it text in pieces of any size. */
export function sseParser(): (text: string) => readonly SseMessage[] {
  let rest = ''
  let event = ''
  let data: string[] = []
  let size = 0
  let lastId: string | undefined

  const line = (text: string): SseMessage | undefined => {
    if (text === '') {
      const message = data.length === 0 ? undefined : { event: event === '' ? 'message' : event, lastId, data: data.join('\n') }
      event = ''
      data = []
      size = 0
      return message
    }
    const colon = text.indexOf(':')
    const field = colon === -1 ? text : text.slice(0, colon)
    const value = colon === -1 ? '' : text.slice(text[colon + 1] === ' ' ? colon + 2 : colon + 1)
    if (field === 'event') event = value
    if (field === 'data') data.push(value)
    if (field === 'id' && !value.includes('\0')) lastId = value
    return undefined
  }

  return (text) => {
    const messages: SseMessage[] = []
    size += text.length
    // A CR at the end may be the first half of a CRLF: it waits for the next piece.
    const lines = (rest + text).split(/\r\n|\n|\r(?!$)/)
    rest = lines.pop() ?? ''
    for (const each of lines) {
      const message = line(each)
      if (message !== undefined) messages.push(message)
    }
    if (size > longestEvent) throw new PiccoloError('too-large', 'The master sent an event larger than 4 MiB.')
    return messages
  }
}
