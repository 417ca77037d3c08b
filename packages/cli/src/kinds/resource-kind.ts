import type { PiccoloClient } from '@piccolo/client'
import { PiccoloError } from '@piccolo/core/spi'
import type { CliHost } from '../host.js'
import { closest } from '../text/closest.js'
import { table, type Column } from '../text/columns.js'

/** What of a kind is asked for; which of these a kind takes is its own to say. */
export interface Selection {
  /** The last so many. */
  readonly limit?: number
  /** Only what concerns who may be here and do what. */
  readonly security?: true
}

/** Something that `piccolo get` can show. */
export interface ResourceKind {
  readonly plural: string
  readonly singular: string
  readonly takes: readonly (keyof Selection)[]
  fetch(client: PiccoloClient, signal: AbortSignal, selection?: Selection): Promise<Shown>
}

/** What was fetched, ready to be shown. */
export interface Shown {
  readonly items: readonly unknown[]
  table(host: Pick<CliHost, 'out' | 'nowMs'>, options: { readonly wide: boolean }): string
  /** Only the one of this name; `not-found` with a guess if there is none. */
  named(name: string): Shown
}

export interface KindDefinition<View> {
  readonly plural: string
  readonly singular: string
  readonly list: (client: PiccoloClient, signal: AbortSignal, selection: Selection) => Promise<readonly View[]>
  /** Default: nothing of a selection. */
  readonly takes?: readonly (keyof Selection)[]
  readonly nameOf: (view: View) => string
  readonly columns: (nowMs: number) => readonly Column<View>[]
  /** The order they come in means nothing: a person finds a row where it was. */
  readonly byName?: true
}

/** A kind together with how views that were fetched otherwise are shown. */
export interface ShowableKind<View> extends ResourceKind {
  shown(items: readonly View[]): Shown
}

export function resourceKind<View>(definition: KindDefinition<View>): ShowableKind<View> {
  const { plural, singular, list, nameOf, columns, byName, takes = [] } = definition
  const shown = (given: readonly View[]): Shown => sheet(byName === true ? [...given].sort((a, b) => (nameOf(a) < nameOf(b) ? -1 : 1)) : given)
  const sheet = (items: readonly View[]): Shown => ({
    items,
    table: (host, { wide }) => (
      items.length === 0 ? `no ${plural}\n` : table(items, columns(host.nowMs()).filter((column) => wide || column.wide !== true), host.out)
    ),
    named: (name) => {
      const found = items.filter((item) => nameOf(item) === name)
      if (found.length === 0) throw noSuch(singular, name, items.map(nameOf))
      return shown(found)
    },
  })
  return { plural, singular, takes, shown, fetch: async (client, signal, selection = {}) => shown(await list(client, signal, selection)) }
}

export function noSuch(singular: string, name: string, names: readonly string[]): PiccoloError {
  const guess = closest(name, names)
  const known = names.length > 0 && names.length <= 12 ? ` There are: ${names.join(', ')}.` : ''
  return new PiccoloError('not-found', `There is no ${singular} "${name}".${guess === undefined ? known : ` Did you mean "${guess}"?`}`)
}
