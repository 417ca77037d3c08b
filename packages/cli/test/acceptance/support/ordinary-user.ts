import { execFile } from 'node:child_process'
import { mkdir } from 'node:fs/promises'
import { userInfo } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'

const run = promisify(execFile)
const prefix = 'pcl-test-'

/** A user of this machine without any rights of its own, made for a test. */
export interface OrdinaryUser {
  readonly ids: { readonly uid: number; readonly gid: number }
  readonly home: string
  /** What a login would set. */
  readonly environment: Readonly<Record<string, string>>
  /** Gives it a folder and everything in there. */
  own(path: string): Promise<void>
  /** Runs a program as this user; answers its output. */
  run(program: string, args: readonly string[], environment?: Readonly<Record<string, string>>): Promise<string>
  /** Whatever runs as this user must have ended. */
  remove(): Promise<void>
}

/** Makes one with a home of its own and subordinate ids for its containers; needs root. */
export async function ordinaryUser(): Promise<OrdinaryUser> {
  const name = `${prefix}${String(process.pid)}`
  // Short: Podman's sockets lie below it.
  const home = join('/tmp', name)
  await run('useradd', ['--create-home', '--home-dir', home, '--shell', '/bin/sh', name])
  const [uid = 0, gid = 0] = await Promise.all((['-u', '-g'] as const).map(async (which) => Number((await run('id', [which, name])).stdout)))
  const ids = { uid, gid }
  if (uid === userInfo().uid || uid < 1) throw new Error(`${name} is no ordinary user.`)
  const runtimeDirectory = join(home, 'run')
  await mkdir(runtimeDirectory, { mode: 0o700 })
  const own = async (path: string): Promise<void> => { await run('chown', ['-R', `${String(uid)}:${String(gid)}`, path]) }
  await own(runtimeDirectory)
  const environment = { PATH: process.env['PATH'] ?? '', HOME: home, XDG_RUNTIME_DIR: runtimeDirectory }
  return {
    ids, home, environment, own,
    run: async (program, args, more = {}) => (await run(program, [...args], { ...ids, cwd: home, env: { ...environment, ...more }, timeout: 120_000 })).stdout,
    remove: async () => { await run('userdel', ['--remove', name]) },
  }
}
