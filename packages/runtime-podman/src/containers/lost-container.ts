import { readFile } from 'node:fs/promises'
import type { ContainerState } from '@piccolo/core/spi'
import { asNumber, asObject } from '../json.js'

/**
 * Whether Podman takes a container for running although both its process and the conmon that would tell of its end are gone. Podman
 * finds that out after a boot only; until then it neither starts nor, at the first attempt, removes the container.
 */
export async function isLost(inspected: unknown): Promise<boolean> {
  const state = asObject(asObject(inspected)['State'])
  const pids = [asNumber(state['Pid']), asNumber(state['ConmonPid'])]
  if (pids.some((pid) => pid === undefined || pid <= 0)) return false
  const alive = await Promise.all(pids.map((pid) => isAlive(pid ?? 0)))
  return !alive.includes(true)
}

/** The same container as what it is: ended, nobody knows how. */
export function lostState(state: ContainerState): ContainerState {
  const { pid: _, ...rest } = state
  return { ...rest, phase: 'exited' }
}

/** A process that nobody has waited for yet is still listed, but dead. Where there is no /proc, Podman is believed. */
async function isAlive(pid: number): Promise<boolean> {
  try {
    const stat = await readFile(`/proc/${pid}/stat`, 'utf8')
    return !/^[ZX]/.test(stat.slice(stat.lastIndexOf(')') + 2))
  } catch (error) {
    return !(error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ESRCH')) || process.platform !== 'linux'
  }
}
