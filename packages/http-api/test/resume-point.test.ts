import { describe, expect, it } from 'vitest'
import { parseResumeId, resumeId } from '../src/streams/resume-point.js'
import { clusterEvent } from './support/fake-operations.js'

describe('a resume point', () => {
  it.each([
    ['2.9', '2.10'], ['9.9', '10.1'], ['00000000000a.000000000009', '00000000000a.00000000000f'], ['00000000000a.00000000ffff', '00000000000b.000000000001'],
  ])('has seen %s, but not %s, of the same revision', (earlier, later) => {
    const seen = (last: string, event: string) => parseResumeId(resumeId(clusterEvent(7n, last))).seen(clusterEvent(7n, event))
    expect([seen(earlier, earlier), seen(earlier, later), seen(later, earlier)]).toEqual([true, false, true])
  })

  it('asks for its own revision again, and has seen all before it and nothing after', () => {
    const point = parseResumeId('7/2.5')
    expect(point.after).toBe(6n)
    expect(point.seen(clusterEvent(6n, '2.9'))).toBe(true)
    expect(point.seen(clusterEvent(8n, '1.1'))).toBe(false)
  })
})
