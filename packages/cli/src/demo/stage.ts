import { appendFile, lstat, mkdir, mkdtemp, readdir, readFile, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** Where one run of the demo plays. Short, because sockets lie below it. */
export interface Stage {
  readonly directory: string
  /** Notes a process of ours, so that the next run finds it if this one is killed. */
  noteProcess(pid: number): Promise<void>
}

const demoPrefix = 'pcl-demo-'
const ownerFile = 'owner'
const processesFile = 'processes'

/** `prefix` tells one kind of run from another, in names of directories. */
export async function openStage(prefix = demoPrefix): Promise<Stage> {
  const directory = await mkdtemp(join(shortTemporaryFolder(), prefix))
  await mkdir(join(directory, 'n'))
  await writeFile(join(directory, ownerFile), `${String(process.pid)} ${(await startOf(process.pid)) ?? ''}`)
  return {
    directory,
    noteProcess: async (pid) => appendFile(join(directory, processesFile), `${String(pid)} ${(await startOf(pid)) ?? ''}\n`),
  }
}

/** Stages of this user whose run is gone: their processes are ended here, their containers and files are the caller's to remove. */
export async function abandonedStages(prefix = demoPrefix): Promise<readonly string[]> {
  const root = shortTemporaryFolder()
  const abandoned: string[] = []
  for (const name of await readdir(root)) {
    const directory = join(root, name)
    if (!name.startsWith(prefix) || !(await isOurs(directory))) continue
    const owner = await readFile(join(directory, ownerFile), 'utf8').catch(() => undefined)
    if (owner === undefined || (await isAlive(owner))) continue
    const processes = await readFile(join(directory, processesFile), 'utf8').catch(() => '')
    for (const line of processes.split('\n')) if (await isAlive(line)) killQuietly(Number(line.split(' ')[0]))
    abandoned.push(directory)
  }
  return abandoned
}

/** In a folder that everybody may write to, what another user left there must not tell us what to end. */
async function isOurs(directory: string): Promise<boolean> {
  const found = await lstat(directory).catch(() => undefined)
  return found?.isDirectory() === true && found.uid === process.getuid?.()
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

/** Start time in clock ticks since boot, field 22 of /proc/<pid>/stat; undefined where there is no /proc, `ended` for one that nobody has waited for. */
async function startOf(pid: number): Promise<string | undefined> {
  const stat = await readFile(`/proc/${String(pid)}/stat`, 'utf8').catch(() => undefined)
  const fields = stat?.slice(stat.lastIndexOf(')') + 2).split(' ')
  return fields?.[0] === 'Z' ? 'ended' : fields?.[19]
}

function killQuietly(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL')
  } catch {
    // Gone in between.
  }
}
