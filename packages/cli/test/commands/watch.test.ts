import type { PiccoloClient } from '@piccolo/client'
import { PiccoloError, type NodeView } from '@piccolo/core/spi'
import { describe, expect, it } from 'vitest'
import { piccolo, type CliOutcome, type CliSetting } from '../support/cli.js'
import { nodes } from '../support/fake-client.js'

const [first, second] = nodes as readonly [NodeView, NodeView]

/** Watches while these answers come, one a wake; then it is interrupted. */
async function watching(answers: readonly (() => readonly NodeView[])[], { args = ['-w'], ...setting }: CliSetting & { readonly args?: readonly string[] } = {}): Promise<CliOutcome> {
  const stop = new AbortController()
  let asked = 0
  const changes: PiccoloClient['changes'] = async function* () {
    for (const _answer of answers) yield
    stop.abort()
  }
  const client: Partial<PiccoloClient> = { changes, nodes: async () => answers[asked++]?.() ?? [] }
  return await piccolo(['get', 'nodes', ...args], { client, stop: stop.signal, ...setting })
}

const table = (...rows: readonly string[]): string => ['NAME    STATE  TYPE      ROLE    WORKLOADS  SEEN  REASON', ...rows, ''].join('\n')
const ready = 'zone-a  ready  embedded  worker  2          3s'

describe('piccolo get --watch', () => {
  it('shows the picture again whenever it changed, and ends with 130 when interrupted', async () => {
    const { code, out, err } = await watching([() => [first], () => [], () => [first]])
    expect({ code, err }).toEqual({ code: 130, err: '' })
    expect(out).toBe(`${table(ready)}\nno nodes\n\n${table(ready)}`)
  })

  it('says nothing where nothing changed but ages', async () => {
    const { out } = await watching([() => [first], () => [first], () => [{ ...first, lastSeenAtMs: (first.lastSeenAtMs ?? 0) - 9_000 }]])
    expect(out).toBe(table(ready))
  })

  it('on a terminal each picture takes the place of the one before it', async () => {
    const { out } = await watching([() => [first], () => []], { width: 100 })
    expect(out).toBe(`${table(ready)}\u001B[2A\u001B[Jno nodes\n`)
  })

  it('-o json gives an object a line, -o yaml a document each', async () => {
    const json = await watching([() => [first], () => [first, second]], { args: ['--watch', '-o', 'json'] })
    expect(json.out.trimEnd().split('\n').map((line) => (JSON.parse(line) as NodeView[]).length)).toEqual([1, 2])
    const yaml = await watching([() => [first], () => []], { args: ['-w', '-o', 'yaml'] })
    expect(yaml.out).toMatch(/^- name: zone-a\n[^]*\n---\n\[\]\n$/)
  })

  it('a picture that could not be taken is told once and taken again; what waiting cannot mend ends it', async () => {
    const away = (): never => { throw new PiccoloError('unavailable', 'Cannot reach the master.') }
    const { code, out, err } = await watching([() => [first], away, away, () => []])
    expect({ code, err }).toEqual({ code: 130, err: 'piccolo: Cannot reach the master. Trying again until it is back; Ctrl-C ends it.\npiccolo: Connected again.\n' })
    expect(out).toBe(`${table(ready)}\nno nodes\n`)
    const refused = (): never => { throw new PiccoloError('permission-denied', 'Your role was taken away.') }
    expect(await watching([() => [first], refused])).toMatchObject({ code: 4, err: 'piccolo: Your role was taken away.\n' })
  })
})
