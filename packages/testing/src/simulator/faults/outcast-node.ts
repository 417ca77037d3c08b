import { sleep } from '../../clock/sleep.js'
import type { Dice } from '../../random/dice.js'
import type { Fault } from '../fault.js'
import { insist } from '../people/insist.js'
import { storedValue } from '../stored-value.js'
import type { World } from '../world.js'

const lookEveryMs = 1_000
const never = new AbortController().signal

/** Somebody puts a node into quarantine, whether it is connected or not, and releases it after a while. */
export const quarantinedNode: Fault = {
  name: 'quarantined node',
  lastsMs: [500, 60_000],
  aim(world, dice) {
    const node = anInsider(world, dice)
    return node === undefined ? undefined : shuttingOut(world, node, {
      shutOut: () => insist(world, `quarantine ${node}`, (operations, admin, signal) => operations.quarantineNode(admin, node, {}, signal)),
      letIn: () => insist(world, `release ${node}`, (operations, admin, signal) => operations.releaseNode(admin, node, signal)),
    })
  },
}

/** Somebody revokes a node; after a while its board joins again under its name, with a new key and a token of its own. Its workloads run on. */
export const revokedNode: Fault = {
  name: 'revoked node',
  lastsMs: [500, 60_000],
  aim(world, dice) {
    const node = anInsider(world, dice)
    return node === undefined ? undefined : shuttingOut(world, node, {
      shutOut: () => insist(world, `revoke ${node}`, (operations, admin, signal) => operations.revokeNode(admin, node, { workloads: 'keep' }, signal)),
      letIn: () => joinAnew(world, node),
    })
  },
}

function anInsider({ boards, outcasts }: World, dice: Dice): string | undefined {
  return dice.pick(boards.filter(({ name }) => !outcasts.has(name)))?.name
}

/** The two happen one after the other, however long the first takes while the master is away. */
function shuttingOut({ outcasts }: World, node: string, { shutOut, letIn }: { readonly shutOut: () => Promise<void>; readonly letIn: () => Promise<void> }) {
  let isOut = Promise.resolve()
  return {
    target: `registration ${node}`,
    detail: node,
    begin() {
      outcasts.add(node)
      isOut = shutOut()
    },
    end: () => void isOut.then(letIn).then(() => outcasts.delete(node)),
  }
}

async function joinAnew(world: World, node: string): Promise<void> {
  const board = world.board(node)
  const service = world.service(node)
  if (board === undefined || service === undefined) return
  const { isWanted } = service
  service.down()
  void board.kill()
  board.replaceIdentity()
  world.emit({ type: 'life', who: node, what: 'new-identity' })
  // Whoever has ended it, or taken the board's power, starts it again.
  if (isWanted) service.up()
  while (!isRegistered(world, node)) await sleep(world.clock, lookEveryMs, never)
}

function isRegistered({ backend }: World, node: string): boolean {
  const entry = backend.get(`nodes/${node}`)
  return entry !== undefined && (storedValue(entry.value) as { readonly keys: readonly string[] }).keys.length > 0 // the master wrote it
}
