import { spawn, type ChildProcess } from 'node:child_process'
import { readdir, readFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { afterEach, expect, test } from 'vitest'
import { describeWith } from '../../../../tooling/vitest/needs.js'
import { builtCommand } from './support/built-command.js'
import { eventually } from './support/eventually.js'

interface Line {
  readonly event: string
  readonly title?: string
  readonly same?: boolean
  readonly done?: boolean
  readonly workloads?: readonly { readonly workload: string; readonly containers: readonly { readonly restarts: number }[] }[]
}

const acts = ['A cluster on this machine', 'Two nodes join', 'A Scenario', 'A container is killed', 'An agent is killed', 'The agent comes back']
const running = new Set<ChildProcess>()

function demo(...options: readonly string[]) {
  const child = spawn(process.execPath, [builtCommand(), 'demo', '--json', ...options], { stdio: ['ignore', 'pipe', 'pipe'] })
  running.add(child)
  const lines: Line[] = []
  let rest = ''
  let errors = ''
  child.stdout.on('data', (bytes: Buffer) => {
    const parts = (rest + bytes.toString()).split('\n')
    rest = parts.pop() ?? ''
    for (const part of parts) lines.push(JSON.parse(part) as Line) // throws for what is no JSON
  })
  child.stderr.on('data', (bytes: Buffer) => { errors += bytes.toString() })
  const ended = new Promise<number | null>((resolve) => {
    child.on('exit', (code) => {
      running.delete(child)
      resolve(code)
    })
  })
  return { child, lines, ended, errors: () => errors }
}

const stages = async (): Promise<readonly string[]> => (await readdir(tmpdir())).filter((name) => name.startsWith('pcl-demo-'))

/** Processes that have the folder on their command line. */
async function processesIn(folder: string): Promise<readonly string[]> {
  const found: string[] = []
  for (const pid of (await readdir('/proc')).filter((name) => /^\d+$/.test(name))) {
    const line = await readFile(`/proc/${pid}/cmdline`, 'latin1').catch(() => '')
    if (line.includes(folder)) found.push(`${pid} ${line.replaceAll('\0', ' ').slice(0, 80)}`)
  }
  return found
}

async function nothingLeft(before: readonly string[]): Promise<void> {
  const left = (await stages()).filter((name) => !before.includes(name))
  expect(left).toEqual([])
  const mounts = (await readFile('/proc/self/mounts', 'utf8')).split('\n').filter((line) => line.includes('/pcl-demo-') && !before.some((name) => line.includes(name)))
  expect(mounts).toEqual([])
}

afterEach(() => {
  for (const child of running) child.kill('SIGTERM')
})

function playsThrough(runtime: 'podman' | 'process'): void {
  test(`the demo with --runtime ${runtime} deploys, breaks and mends, ends with 0 and leaves nothing`, async () => {
    const before = await stages()
    const { lines, ended, errors } = demo('--once', '--runtime', runtime)
    expect(await ended, errors()).toBe(0)
    const titles = lines.flatMap(({ event, title }) => (event === 'act' && title !== undefined ? [title] : []))
    expect(titles.slice(0, acts.length).map((title, index) => title.startsWith(acts[index] ?? '?'))).toEqual(acts.map(() => true))
    expect(lines.some(({ workloads }) => workloads?.some(({ workload, containers }) => workload === 'camera' && containers[0]?.restarts === 1) === true)).toBe(true)
    expect(lines.find(({ same }) => same !== undefined)?.same).toBe(true)
    expect(lines.at(-1)?.done).toBe(true)
    await nothingLeft(before)
  }, 120_000)
}

describeWith({ podman: true, root: true, linux: true }, 'W1, A4: the demo with containers', () => {
  playsThrough('podman')

  test('Ctrl-C ends the demo that stays up in good order', async () => {
    const before = await stages()
    const { child, lines, ended, errors } = demo('--runtime', 'podman')
    await eventually('the demo to stay up', () => Promise.resolve(lines.some(({ title }) => title?.startsWith('It stays up') === true) ? true : undefined), { withinMs: 60_000 })
    child.kill('SIGINT')
    expect(await ended, errors()).toBe(0)
    await nothingLeft(before)
  }, 120_000)

  test('what a killed demo left is taken away by the next one', async () => {
    const before = await stages()
    const { child, lines, ended } = demo('--runtime', 'podman')
    await eventually('the demo to stay up', () => Promise.resolve(lines.some(({ title }) => title?.startsWith('It stays up') === true) ? true : undefined), { withinMs: 60_000 })
    const [stage = '?'] = (await stages()).filter((name) => !before.includes(name))
    child.kill('SIGKILL')
    await ended
    expect((await processesIn(stage)).length).toBeGreaterThan(2)
    const next = demo('--once', '--runtime', 'process')
    expect(await next.ended, next.errors()).toBe(0)
    expect(await processesIn(stage)).toEqual([])
    await nothingLeft(before)
  }, 180_000)
})

describeWith({ linux: true }, 'the demo with processes', () => {
  playsThrough('process')
})
