import { describe, expect, it } from 'vitest'
import { judge, type Signs } from '../../../src/master/monitoring-server/judge.js'
import { timingProfiles } from '../../../src/protocol/index.js'

const timings = timingProfiles.default
const good: Signs = {
  connected: true, beats: 2, echoed: true, loopAgeMs: 0, resynced: true, openedMs: 0, lastHeardMs: 0, timings,
  readiness: { ready: true, findings: [] },
}

describe('a node', () => {
  it('is ready once it is synchronised, heard in both directions and ready by its own word', () => {
    expect(judge(good, 'pending', 0, 60_000).phase).toBe('ready')
  })

  it.each([
    ['synchronising', { resynced: false }],
    ['both directions', { beats: 1 }],
    ['both directions', { echoed: false }],
    ['stuck', { loopAgeMs: 60_000 }],
    ['not reported its readiness', { readiness: undefined }],
    ['disk: 92 % full', { readiness: { ready: false, findings: [{ check: 'disk', level: 'fail' as const, reason: '92 % full' }] } }],
  ])('B1: is not ready, and says why: %s', (reason, change) => {
    const { phase, reasons } = judge({ ...good, ...change }, 'disconnected', 0, 60_000)
    expect(phase).toBe('notReady')
    expect(reasons.join()).toContain(reason)
  })

  it('B1: says what is wrong with it even before it is synchronised: that may be what keeps it from being so', () => {
    const unfit: Signs = { ...good, resynced: false, readiness: { ready: false, findings: [{ check: 'container-runtime', level: 'fail', reason: 'no engine' }] } }
    expect(judge(unfit, 'pending', 0, 60_000)).toMatchObject({ phase: 'notReady', reasons: ['container-runtime: no engine'] })
  })

  it('stays ready through a short break of its link, until silence has lasted', () => {
    const cut = { ...good, connected: false, resynced: false }
    expect(judge(cut, 'ready', timings.disconnectedMs - 1, 60_000)).toMatchObject({ phase: 'ready', nextLookMs: timings.disconnectedMs })
    expect(judge({ ...good, resynced: false, openedMs: 5_000, lastHeardMs: 5_000 }, 'ready', 5_000, 60_000).phase).toBe('ready')
    expect(judge({ ...good, beats: 0, echoed: false, readiness: undefined, openedMs: 5_000, lastHeardMs: 5_000 }, 'ready', 5_000, 60_000).phase).toBe('ready')
    expect(judge({ ...good, resynced: false, openedMs: 5_000, lastHeardMs: 5_000 + timings.disconnectedMs }, 'ready', 5_000 + timings.disconnectedMs, 60_000).phase).toBe('notReady')
    expect(judge(cut, 'ready', timings.disconnectedMs, 60_000)).toMatchObject({ phase: 'disconnected', nextLookMs: timings.lostMs })
    expect(judge(cut, 'disconnected', timings.lostMs, 60_000).phase).toBe('lost')
  })

  it('has been silent long enough when it is time to look again, whatever fractions the clock tells', () => {
    for (const lastHeardMs of Array.from({ length: 1_000 }, (_, index) => index * 13.7697660994978)) {
      const cut = { ...good, connected: false, lastHeardMs, openedMs: lastHeardMs }
      const { nextLookMs = NaN } = judge(cut, 'ready', lastHeardMs, 60_000)
      expect(judge(cut, 'ready', nextLookMs, 1e9).phase).toBe('disconnected')
    }
  })

  it('is called lost by nobody before the grace after the master\'s own start is over', () => {
    const silent = { ...good, connected: false }
    expect(judge(silent, 'disconnected', 100_000, 120_000)).toMatchObject({ phase: 'disconnected', nextLookMs: 120_000 })
    expect(judge(silent, 'disconnected', 120_000, 120_000).phase).toBe('lost')
  })

  it('stays lost over a restart of the master until it is heard again', () => {
    expect(judge({ ...good, connected: false }, 'lost', 0, 60_000)).toMatchObject({ phase: 'lost', nextLookMs: undefined })
  })

  it('that has never joined is pending for as long as it likes', () => {
    expect(judge({ ...good, connected: false }, 'pending', 1e9, 0)).toMatchObject({ phase: 'pending', nextLookMs: undefined })
  })
})
