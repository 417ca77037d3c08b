import type { PublishedSignal } from '@piccolo/core/spi'
import { describe, expect, it } from 'vitest'
import { piccolo } from '../support/cli.js'

async function published(...args: readonly string[]) {
  const asked: (readonly PublishedSignal[])[] = []
  const publishSignals = (signals: readonly PublishedSignal[]) => { asked.push(signals); return Promise.resolve() }
  return { ...(await piccolo(['signal', ...args], { client: { publishSignals } })), asked }
}

describe('piccolo signal', () => {
  it('set gives booleans and numbers as such, everything else as text, in one call', async () => {
    const { out, asked } = await published('set', 'body/trunk#open=true', 'vehicle#speed=-4.5e1', 'mode=sport', 'note=a=b', 'empty=', 'id=0x10', 'late=Infinity')
    expect(asked).toEqual([[
      { name: 'body/trunk#open', value: true }, { name: 'vehicle#speed', value: -45 }, { name: 'mode', value: 'sport' }, { name: 'note', value: 'a=b' },
      { name: 'empty', value: '' }, { name: 'id', value: '0x10' }, { name: 'late', value: 'Infinity' },
    ]])
    expect(out).toContain('signal/vehicle#speed set to -45\n')
  })

  it('set --text gives everything as text', async () => {
    expect((await published('set', '--text', 'a=1', 'b=true')).asked).toEqual([[{ name: 'a', value: '1' }, { name: 'b', value: 'true' }]])
  })

  it('unset takes values back', async () => {
    const { out, asked } = await published('unset', 'a', 'b')
    expect(asked).toEqual([[{ name: 'a', value: null }, { name: 'b', value: null }]])
    expect(out).toBe('signal/a unset\nsignal/b unset\n')
  })

  it.each([['set', 'novalue'], ['set', '=5'], ['set'], ['unset']])('refuses %j without asking the master', async (...args) => {
    expect(await published(...args)).toMatchObject({ code: 2, connected: [], asked: [] })
  })
})
