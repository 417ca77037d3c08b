import { appendFile, mkdtemp, rename, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { eventLogSource } from '../../src/watching/event-log-source.js'
import { readEventLine } from '../../src/watching/event-line.js'
import { exitsSource } from '../../src/watching/exits-source.js'
import type { Source, Tidings } from '../../src/watching/source.js'

const scope = { cluster: 'demo', node: 'one' }
const labels = { 'io.piccolo.cluster': 'demo', 'io.piccolo.node': 'one', 'io.piccolo.container': 'main' }
const line = (ID: string, Status: string, Attributes: object = labels): string => `${JSON.stringify({ ID, Status, Type: 'container', Attributes })}\n`
const id = 'a'.repeat(64)

function recorder(): { readonly tidings: Tidings; readonly told: unknown[][] } {
  const told: unknown[][] = []
  const note = (kind: string) => (...args: unknown[]): void => { told.push([kind, ...args]) }
  return {
    told,
    tidings: { exited: note('exited'), vanished: note('vanished'), changed: note('changed'), removed: note('removed'), imagesCame: note('imagesCame'), doubt: note('doubt'), failed: note('failed') },
  }
}

describe('sources', () => {
  let directory: string
  let source: Source | undefined
  beforeEach(async () => { directory = await mkdtemp(join(tmpdir(), 'pcl-source-')) })
  afterEach(async () => {
    source?.stop()
    await rm(directory, { recursive: true, force: true })
  })

  test('an exit file is read at once; the partial file before it is not', async () => {
    const { tidings, told } = recorder()
    source = exitsSource(directory, tidings)
    await writeFile(join(directory, `${id}.X1Y2Z3`), '7')
    await rename(join(directory, `${id}.X1Y2Z3`), join(directory, id))
    await vi.waitFor(() => expect(told.length).toBeGreaterThan(0))
    expect(told[0]).toEqual(['exited', id, { exitCode: 7, exitedAtMs: expect.any(Number) }])
    told.length = 0
    await rm(join(directory, id))
    await vi.waitFor(() => expect(told).toContainEqual(['vanished', id]))
  })

  test('a directory that is not there is an error that says which', () => {
    expect(() => exitsSource(join(directory, 'absent'), recorder().tidings)).toThrow(/absent/)
  })

  test('the event log is followed from its end, across pieces of lines', async () => {
    const log = join(directory, 'events.log')
    await writeFile(log, line('old', 'start'))
    const { tidings, told } = recorder()
    source = await eventLogSource(log, scope, tidings)
    const text = line('new', 'start') + line('gone', 'remove') + line('other', 'start', { 'io.piccolo.node': 'two' }) + line('end', 'create')
    await appendFile(log, text.slice(0, 50))
    await appendFile(log, text.slice(50))
    await vi.waitFor(() => expect(told).toEqual([['changed', 'new'], ['removed', 'gone'], ['changed', 'end']]))
  })

  test('a log that does not exist yet is followed when it comes', async () => {
    const log = join(directory, 'events.log')
    const { tidings, told } = recorder()
    source = await eventLogSource(log, scope, tidings)
    await writeFile(log, line('new', 'start'))
    await vi.waitFor(() => expect(told).toEqual([['changed', 'new']]))
  })

  test('a log that was exchanged or cut raises a doubt and is followed on', async () => {
    const log = join(directory, 'events.log')
    await writeFile(log, line('old', 'start'))
    const { tidings, told } = recorder()
    source = await eventLogSource(log, scope, tidings)
    await writeFile(join(directory, 'rotated'), line('kept', 'start'))
    await rename(join(directory, 'rotated'), log)
    await vi.waitFor(() => expect(told).toContainEqual(['doubt']))
    await appendFile(log, line('new', 'died'))
    await vi.waitFor(() => expect(told.at(-1)).toEqual(['changed', 'new']))
    expect(told).not.toContainEqual(['changed', 'kept'])
  })
})

test.each([
  ['init', []], ['cleanup', []], ['exec', []], ['died', [['changed', 'x']]], ['pause', [['changed', 'x']]], ['remove', [['removed', 'x']]],
])('the event %s tells %j', (status, expected) => {
  const { tidings, told } = recorder()
  readEventLine(line('x', status), scope, tidings)
  expect(told).toEqual(expected)
})

test('lines that are no events of ours tell nothing', () => {
  const { tidings, told } = recorder()
  const infra = { 'io.piccolo.cluster': 'demo', 'io.piccolo.node': 'one' }
  for (const text of ['', 'nonsense', '[]', '{"ID":"x","Status":"start","Type":"image"}', line('x', 'start', infra)]) readEventLine(text, scope, tidings)
  expect(told).toEqual([])
})

test.each(['pull', 'loadfromarchive', 'import', 'tag', 'build'])('the event %s of an image says that images came', (status) => {
  const { tidings, told } = recorder()
  // As Podman 4.3 writes it: without an id for what was loaded.
  readEventLine(JSON.stringify({ Name: '/tmp/x.tar', Status: status, Type: 'image', Attributes: null }), scope, tidings)
  expect(told).toEqual([['imagesCame']])
})

test.each(['untag', 'remove', 'save', 'mount', 'pull-error'])('the event %s of an image says nothing', (status) => {
  const { tidings, told } = recorder()
  readEventLine(JSON.stringify({ ID: 'x', Name: 'y', Status: status, Type: 'image', Attributes: null }), scope, tidings)
  expect(told).toEqual([])
})
