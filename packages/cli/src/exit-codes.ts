import type { ErrorCode } from '@piccolo/core/spi'

/** What the command ends with. Help, docs/cli.md and the tests are made of this file. */
export const exitCodes = {
  ok: 0,
  internal: 1,
  usage: 2,
  notFound: 3,
  denied: 4,
  unavailable: 5,
  conflict: 6,
  unsupported: 7,
  interrupted: 130,
} as const

/** What each means: in a few words for the help, in a sentence for the page. */
export const exitCodeMeanings = {
  ok: { short: 'done', meaning: 'Done. `master` and `agent`: stopped as asked.' },
  internal: { short: 'a defect, or damaged data', meaning: 'A defect, or data that is damaged.' },
  usage: { short: 'wrong input', meaning: 'The command line, a file or a manifest is wrong. Nothing was changed.' },
  notFound: { short: 'not found', meaning: 'There is no such thing.' },
  denied: { short: 'not known or not allowed', meaning: 'Not known, or not allowed: by the master, or by the system for a file, a directory or a port.' },
  unavailable: { short: 'out of reach or out of room: try later', meaning: 'Out of reach, out of time or out of room. The same command may succeed later.' },
  conflict: { short: 'something has to happen first', meaning: 'The cluster or this machine is not in a state for it: something has to happen first.' },
  unsupported: { short: 'not possible here', meaning: 'Not possible with this board, adapter or version.' },
  interrupted: { short: 'interrupted', meaning: 'Interrupted.' },
} as const satisfies Record<keyof typeof exitCodes, { readonly short: string; readonly meaning: string }>

/** Every code of an error has an exit code; one without does not compile. */
export const exitCodeOf = {
  'invalid-argument': exitCodes.usage,
  'invalid-manifest': exitCodes.usage,
  'not-found': exitCodes.notFound,
  'already-exists': exitCodes.conflict,
  conflict: exitCodes.conflict,
  unauthenticated: exitCodes.denied,
  'permission-denied': exitCodes.denied,
  'failed-precondition': exitCodes.conflict,
  'unknown-node': exitCodes.notFound,
  revoked: exitCodes.denied,
  expired: exitCodes.denied,
  quarantined: exitCodes.conflict,
  pending: exitCodes.conflict,
  'resource-exhausted': exitCodes.unavailable,
  'too-large': exitCodes.usage,
  unavailable: exitCodes.unavailable,
  'deadline-exceeded': exitCodes.unavailable,
  aborted: exitCodes.interrupted,
  unsupported: exitCodes.unsupported,
  compacted: exitCodes.conflict,
  corrupt: exitCodes.internal,
  internal: exitCodes.internal,
} as const satisfies Record<ErrorCode, number>

/** For `piccolo --help`. */
export function exitCodesHelp(): string {
  const lines = exitCodeNames.map((name) => `  ${String(exitCodes[name]).padEnd(5)}${exitCodeMeanings[name].short}`)
  return ['Exit codes:', ...lines].join('\n')
}

/** The table of docs/cli.md, in Markdown. */
export function exitCodesTable(): string {
  const rows = exitCodeNames.map((name) => {
    const errors = Object.entries(exitCodeOf).flatMap(([error, code]) => (code === exitCodes[name] ? [`\`${error}\``] : []))
    return `| ${String(exitCodes[name])} | ${exitCodeMeanings[name].meaning} | ${errors.join(', ')} |`
  })
  return ['| code | meaning | errors |', '|---|---|---|', ...rows].join('\n')
}

// The object above has these keys and no others.
const exitCodeNames = Object.keys(exitCodes) as readonly (keyof typeof exitCodes)[]
