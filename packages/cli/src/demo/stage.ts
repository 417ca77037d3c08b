import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** Where one run of the demo plays. Short, because sockets lie below it. */
export interface Stage {
  readonly directory: string
  /** Notes a process of ours, so that the next run finds it if this one is killed. */
  noteProcess(pid: number): Promise<void>
  remove(): Promise<void>
}

const demoPrefix = 'pcl-demo-'
const ownerFile = 'owner'
const processesFile = 'processes'

/** `prefix` tells one kind of run from another, in names of directories. */
export async function openStage(prefix = demoPrefix): Promise<Stage> {
  const directory = await mkdtemp(join(shortTemporaryFolder(), prefix))
  await mkdir(join(directory, 'n'))
  await writeFile(join(directory, ownerFile), `${String(process.pid)} ${(await startOf(process.pid)) ?? ''}`)
  const noted: string[] = []
  return {
    directory,
    async noteProcess(pid) {
      noted.push(`${String(pid)} ${(await startOf(pid)) ?? ''}`)
      await writeFile(join(directory, processesFile), noted.join('\n'))
    },
    remove: () => rm(directory, { recursive: true, force: true }),
  }
}

/** Stages of this user whose run is gone: their processes are ended here, their containers and files are the caller's to remove. */
export async function abandonedStages(prefix = demoPrefix): Promise<readonly string[]> {
  const root = shortTemporaryFolder()
  const abandoned: string[] = []
  for (const name of await readdir(root)) {
    if (!name.startsWith(prefix)) continue
    const directory = join(root, name)
    const owner = await readFile(join(directory, ownerFile), 'utf8').catch(() => undefined)
    if (owner === undefined || (await isAlive(owner))) continue
    const processes = await readFile(join(directory, processesFile), 'utf8').catch(() => '')
    for (const line of processes.split('\n')) if (await isAlive(line)) killQuietly(Number(line.split(' ')[0]))
    abandoned.push(directory)
  }
  return abandoned
}

/** macOS keeps its temporary folders at paths too long for sockets. */
function shortTemporaryFolder(): string {
  return tmpdir().length > 20 ? '/tmp' : tmpdir()
}

/** `pid start`: a process id is ours only if it still is the process that was noted. */
async function isAlive(noted: string): Promise<boolean> {
  const [pid = '', start = ''] = noted.trim().split(' ')
  if (!/^\d+$/.test(pid)) return false
  try {
    process.kill(Number(pid), 0)
  } catch {
    return false
  }
  const now = await startOf(Number(pid))
  return now === undefined || now === start
}

/** Start time in clock ticks since boot, field 22 of /proc/<pid>/stat; undefined where there is no /proc. */
async function startOf(pid: number): Promise<string | undefined> {
  const stat = await readFile(`/proc/${String(pid)}/stat`, 'utf8').catch(() => undefined)
  return stat?.slice(stat.lastIndexOf(')') + 2).split(' ')[19]
}

function killQuietly(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL')
  } catch {
    // Gone in between.
  }
}
