import { describe, expect, it } from 'vitest'
import { createLogger, type LogFormat, type LogLevel } from '../src/daemon/logger.js'

function logged(format: LogFormat, level: LogLevel = 'debug') {
  const lines: string[] = []
  return { lines, logger: createLogger({ format, level, colour: false, write: (line) => { lines.push(line) }, nowMs: () => Date.UTC(2026, 0, 1) }) }
}

describe('the logger', () => {
  it('writes one JSON object a line, whatever the fields hold', () => {
    const { lines, logger } = logged('json')
    logger.info({ revision: 12n, text: 'two\nlines' }, 'applied')
    logger.error({ error: new Error('outer', { cause: new TypeError('inner') }) }, 'failed')
    expect(lines.every((line) => line.indexOf('\n') === line.length - 1)).toBe(true)
    expect(JSON.parse(lines[0] ?? '')).toEqual({ time: '2026-01-01T00:00:00.000Z', level: 'info', message: 'applied', revision: '12', text: 'two\nlines' })
    expect(JSON.parse(lines[1] ?? '')).toMatchObject({ error: { message: 'outer', cause: { message: 'inner' } } })
  })

  it('its own fields cannot be overwritten', () => {
    const { lines, logger } = logged('json')
    logger.warn({ level: 'debug', message: 'other', time: 'never' }, 'real')
    expect(JSON.parse(lines[0] ?? '')).toEqual({ time: '2026-01-01T00:00:00.000Z', level: 'warn', message: 'real' })
  })

  it('leaves out what is below the level', () => {
    const { lines, logger } = logged('json', 'warn')
    logger.debug({}, 'a')
    logger.info({}, 'b')
    logger.warn({}, 'c')
    logger.error({}, 'd')
    expect(lines.length).toBe(2)
  })

  it('is readable for people, and lets no escape sequence through', () => {
    const { lines, logger } = logged('pretty')
    logger.info({ node: 'zone-a\u001b[2J', count: 3 }, 'node joined')
    expect(lines).toEqual(['00:00:00.000 info  node joined  node=zone-a [2J  count=3\n'])
  })
})
