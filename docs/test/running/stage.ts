/** What a snippet finds when it is run: a folder of its own for the paths it names, and a cluster that lives as long as the tests. */
export interface Ground {
  readonly folder: string
  /** Where nodes dial, `host:port`. */
  readonly master: string
  /** URL of the API. */
  readonly api: string
  readonly token: string
  readonly caPem: string
  /** A join token for node `ship-1`. */
  readonly joinToken: string
}

/** What a page leaves to its reader, so that its snippet can be run here. Nothing else of a snippet is touched. */
export interface Stage {
  /** Stands before the snippet: what it takes as given. */
  readonly before?: string
  /** What stands there for the reader's own machines, and what it is here. Each must be found. */
  readonly instead?: readonly (readonly [found: string, here: string])[]
  /** Stands after it: what has to hold, and an end for what would go on. */
  readonly after?: string
}

/** Machines, ports and directories of the pages, wherever they stand. */
export const elsewhere = ({ folder, master, api }: Ground): readonly (readonly [found: string, here: string])[] => [
  ['/var/lib/', `${folder}/var/lib/`],
  ['/etc/', `${folder}/etc/`],
  ['0.0.0.0:47100', '127.0.0.1:0'],
  ['https://127.0.0.1:47099', api],
  ["listen: '127.0.0.1:47099'", "listen: '127.0.0.1:0'"],
  ['10.0.0.1:47100', master],
  // Nobody listens at the discard port.
  ['10.0.0.2:47100', '127.0.0.1:9'],
]

/** The snippet as it is run. Throws when the page no longer says what its stage replaces. */
export function staged(code: string, { before = '', instead = [], after = '' }: Stage, ground: Ground): string {
  let text = code
  for (const [found, here] of instead) {
    if (!text.includes(found)) throw new Error(`Its stage replaces ${JSON.stringify(found)}, which is not there any more.`)
    text = text.replaceAll(found, () => here)
  }
  for (const [found, here] of elsewhere(ground)) text = text.replaceAll(found, () => here)
  return `${before}\n${text}\n${after}\n`
}
