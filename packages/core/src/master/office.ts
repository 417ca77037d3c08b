import { PiccoloError } from '../errors/index.js'
import type { ClusterIdentity } from '../model/records/index.js'
import { hex } from '../protocol/index.js'
import type { AdapterContext, StateStore } from '../spi/index.js'
import { createStore, follow, takeOffice, termLost, type Store } from '../store/index.js'
import { tables } from './tables.js'

/** The cluster in its store, before anybody has taken office. */
export interface FoundCluster {
  readonly unfenced: Store
  readonly identity: ClusterIdentity
}

/** The store in this master's hands. */
export interface Office {
  /** Fenced by the term. */
  readonly store: Store
  readonly term: bigint
}

/** Finds or founds the cluster in the store. */
export async function findCluster(port: StateStore, cluster: string, context: AdapterContext, signal: AbortSignal): Promise<FoundCluster> {
  const unfenced = createStore(port, { context })
  const { result: identity } = await unfenced.update<ClusterIdentity>(async (reader) => {
    const known = (await tables.identity.get(reader, 'identity'))?.value
    if (known !== undefined) return { mutations: [], result: known }
    const founded = { name: cluster, epoch: hex(context.random.bytes(16)), createdAtMs: context.clock.wallMs() }
    return { mutations: [tables.identity.put('identity', founded)], result: founded }
  }, { signal })
  if (identity.name !== cluster) {
    throw new PiccoloError('failed-precondition', `This store belongs to cluster "${identity.name}", not "${cluster}"; give its directory to that cluster, or this one another.`)
  }
  return { unfenced, identity }
}

/** Takes office: from here on, commits of an earlier master fail. */
export async function takeUpOffice(unfenced: Store, context: AdapterContext): Promise<Office> {
  const office = tables.office.put('office', { holder: hex(context.random.bytes(8)), sinceMs: context.clock.wallMs() })
  if (office.type !== 'put') throw new PiccoloError('internal', 'A put is a put.')
  const store = await takeOffice(unfenced, office)
  if (store.term === undefined) throw new PiccoloError('internal', 'Taking office gave no term.')
  return { store, term: store.term }
}

/** Rejects once another master has taken office: one that writes nothing would not notice, and go on talking to nodes. Resolves with the signal. */
export function keepOffice({ store, term }: Pick<Office, 'store' | 'term'>, signal: AbortSignal): Promise<void> {
  return follow(store, tables.office, {
    signal,
    within: 'office',
    onChange({ view }) {
      if (view.get('office')?.revision !== term) throw termLost(term)
    },
  }).ended
}
