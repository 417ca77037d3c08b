import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { sseParser } from '../src/streams/sse-parser.js'

const stream = ': hi\r\nretry: 5\n\nid: 4/1.1\ndata: {"a":1}\n\nevent: problem\rdata:one\rdata: two\r\r\ndata\n\nevent: end\ndata: {}\n\ndata: unfinished'
const messages = [
  { event: 'message', lastId: '4/1.1', data: '{"a":1}' },
  { event: 'problem', lastId: '4/1.1', data: 'one\ntwo' },
  { event: 'message', lastId: '4/1.1', data: '' },
  { event: 'end', lastId: '4/1.1', data: '{}' },
]

describe('the event stream parser', () => {
  it('reads every form of line end, comments, ids that stay, and leaves what is unfinished', () => {
    expect(sseParser()(stream)).toEqual(messages)
  })

  it('finds the same events however the text is cut into pieces', () => {
    fc.assert(fc.property(fc.array(fc.nat(stream.length), { maxLength: 12 }), (cuts) => {
      const parse = sseParser()
      const places = [0, ...cuts.sort((a, b) => a - b), stream.length]
      expect(places.slice(1).flatMap((end, index) => parse(stream.slice(places[index], end)))).toEqual(messages)
    }))
  })

  it('refuses an event without end', () => {
    const parse = sseParser()
    expect(() => { for (let part = 0; part < 100; part += 1) parse('x'.repeat(64 * 1024)) }).toThrow(expect.objectContaining({ code: 'too-large' }) as Error)
  })
})
