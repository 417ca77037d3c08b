import { existsSync, statSync } from 'node:fs'
import { homedir } from 'node:os'
import { PiccoloError, type ContainerSpec, type EnvironmentVariable } from '@piccolo/core/spi'
import { findProgram, standardPath } from '../board/find-program.js'
import type { Command } from './scripts.js'

export interface User {
  readonly uid: number
  readonly gid: number
}

export interface Admitted {
  readonly command: Command
  /** Another user than the agent's. */
  readonly user?: User
}

/** What a plain process makes of a spec. Throws for what it can't have, instead of running it with less than was asked for. */
export function admit(spec: ContainerSpec): Admitted {
  refuseIsolation(spec)
  for (const mount of spec.mounts) refuseMount(spec, mount)
  const user = userOf(spec)
  const folder = spec.workingDir ?? '/'
  if (statSync(folder, { throwIfNoEntry: false })?.isDirectory() !== true) {
    throw new PiccoloError('not-found', `${spec.name}: there is no folder ${folder} on this board; make it or mend workingDir.`)
  }
  const env = environmentOf(spec, user === undefined ? homedir() : '/')
  const argv = [...(spec.command ?? []), ...(spec.args ?? [])]
  refuseUnspeakable(spec, argv)
  const [program] = argv
  if (program === undefined || spec.command === undefined || spec.command.length === 0) throw commandless(spec)
  const path = env.find(({ name }) => name === 'PATH')?.value ?? standardPath
  if (findProgram(program, { path, folder }) === undefined) {
    throw new PiccoloError('not-found', `${spec.name}: there is no program ${program} on this board${program.includes('/') ? '' : ` (looked in ${path})`}; install it or mend "command:".`, { details: { command: program } })
  }
  return { command: { argv, folder, env }, ...(user !== undefined && { user }) }
}

/** To run the first argument would be a guess: under an engine it may be one of the image's own program. */
function commandless(spec: ContainerSpec): PiccoloError {
  if ((spec.args ?? []).length === 0) return unsupported(spec, 'has no command: runtime-process runs no images, it needs "command:"', 'Name the program to run')
  return unsupported(spec, 'has "args" without a "command": they belong to the entrypoint of its image, and runtime-process runs no images', 'Put the whole command line in "command:"')
}

function refuseIsolation(spec: ContainerSpec): void {
  const { security, ports, tty, hostname } = spec
  const root = process.getuid?.() === 0 && (security.runAsUser ?? 0) === 0
  if (tty === true) throw unsupported(spec, 'asks for a terminal, which a process here does not get', 'Leave out "tty"')
  if (hostname !== undefined) throw unsupported(spec, `asks for the host name ${hostname}, but a process has the board's`, 'Leave out "hostname"')
  if (security.readOnlyRootFilesystem === true) throw unsupported(spec, "asks for a read-only root, but a process has the board's files", 'Leave out "readOnlyRootFilesystem"')
  if (security.noNewPrivileges === true) throw unsupported(spec, 'asks for no new privileges, which runtime-process can\'t ensure', 'Leave out "allowPrivilegeEscalation"')
  if ((security.dropCapabilities ?? []).length > 0) throw unsupported(spec, "drops capabilities, but a process has its user's", 'Use "runAsUser" instead')
  if (!root && (security.privileged === true || (security.addCapabilities ?? []).length > 0)) {
    throw unsupported(spec, "asks for privileges, but a process has its user's", 'Run the agent as root and leave out "runAsUser", or leave out the privileges')
  }
  for (const { containerPort, hostPort = containerPort } of ports) {
    if (hostPort !== containerPort) {
      throw unsupported(spec, `maps port ${hostPort} of the board to ${containerPort}, but a process listens on the board itself`, `Let the program listen on ${hostPort} and make both ports alike`)
    }
  }
}

function refuseMount(spec: ContainerSpec, { source, target, readOnly }: ContainerSpec['mounts'][number]): void {
  if (source !== target) throw unsupported(spec, `mounts ${source} at ${target}, but a process sees the board's files where they are`, 'Make both paths alike')
  if (readOnly) throw unsupported(spec, `mounts ${source} read-only, which runtime-process can't ensure`, 'Take the right to write from its "runAsUser", and leave out "readOnly"')
  if (!existsSync(source)) throw new PiccoloError('not-found', `${spec.name}: there is no ${source} on this board; make it or mend its volume.`)
}

/** Without a group the user's number is taken: never a group with more rights. */
function userOf(spec: ContainerSpec): User | undefined {
  const own: User = { uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0 }
  const { runAsUser = own.uid, runAsGroup = runAsUser === own.uid ? own.gid : runAsUser } = spec.security
  if (runAsUser === own.uid && runAsGroup === own.gid) return undefined
  if (own.uid !== 0) throw unsupported(spec, `is to run as user ${runAsUser}, group ${runAsGroup}, but only root can change who it is`, `Run the agent as root, or leave out "runAsUser" and "runAsGroup" (it is ${own.uid}, ${own.gid})`)
  return { uid: runAsUser, gid: runAsGroup }
}

/** PATH, HOME, and what the spec gives; of two with one name the later one holds. */
function environmentOf(spec: ContainerSpec, home: string): readonly EnvironmentVariable[] {
  const values = new Map([['PATH', standardPath], ['HOME', home]])
  for (const { name, value } of spec.env) {
    if (name === '' || /[=\0]/.test(name) || value.includes('\0')) {
      throw new PiccoloError('invalid-argument', `${spec.name}: "${name}" can't be set in an environment: expected a name without "=", and no zero bytes.`)
    }
    values.set(name, value)
  }
  return [...values].map(([name, value]) => ({ name, value }))
}

function refuseUnspeakable(spec: ContainerSpec, argv: readonly string[]): void {
  if (argv.some((word) => word.includes('\0'))) throw new PiccoloError('invalid-argument', `${spec.name}: a command can't hold a zero byte.`)
}

function unsupported(spec: ContainerSpec, what: string, remedy: string): PiccoloError {
  return new PiccoloError('unsupported', `${spec.name} ${what}. ${remedy}, or run it under an engine with images.`, { details: { container: spec.name } })
}
