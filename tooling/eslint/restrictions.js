import { builtinModules } from 'node:module'

/** What no file of ours may contain, each with the way out. ESLint replaces a rule's options instead of merging them, so blocks compose these lists. */

export const everywhere = [
  { selector: 'TSEnumDeclaration', message: 'Use a union of string literals: it needs no code at run time.' },
  { selector: 'ExportAllDeclaration', message: 'An index lists its names, so that a reader sees what is public.' },
  { selector: 'PropertyDefinition[accessibility="private"], MethodDefinition[accessibility="private"], TSParameterProperty', message: 'Use #private: it holds at run time too.' },
  { selector: 'ClassDeclaration[superClass]:not([superClass.name=/Error$/])', message: 'No inheritance but `extends Error`: hand in what varies.' },
]

export const noDefaultExport = [{ selector: 'ExportDefaultDeclaration', message: 'Export by name, so that a thing is called the same everywhere.' }]

export const noModuleState = [
  {
    selector: 'Program > VariableDeclaration[kind="let"], Program > ExportNamedDeclaration > VariableDeclaration[kind="let"]',
    message: 'No mutable state at module level: two masters may live in one process.',
  },
]

export const noAmbientCalls = [
  { selector: 'NewExpression[callee.name="Date"][arguments.length=0], CallExpression[callee.name="Date"]', message: 'Take the time from the Clock port.' },
]

export const ambientProperties = [
  { object: 'Date', property: 'now', message: 'Take the time from the Clock port.' },
  { object: 'Math', property: 'random', message: 'Draw from the Random port.' },
  { object: 'AbortSignal', property: 'timeout', message: 'Use a deadline on the Clock port.' },
]

/** What a slip in a test could turn against the test run itself. */
export const careful = [{ object: 'process', property: 'kill', message: 'Use tooling/vitest/processes.ts: 0 and -1 would end everything that runs.' }]

/** Globals with which code would reach past its ports. */
export const ambientGlobals = [
  ...['setTimeout', 'setInterval', 'setImmediate', 'clearTimeout', 'clearInterval', 'clearImmediate', 'performance'].map((name) => ({
    name,
    message: 'Use the Clock port: tests move time by hand.',
  })),
  ...['process', 'Buffer', '__dirname', 'require'].map((name) => ({ name, message: 'Only system/ touches Node.' })),
  ...['fetch', 'WebSocket', 'EventSource', 'XMLHttpRequest'].map((name) => ({ name, message: 'The network is behind the Transport port.' })),
  { name: 'crypto', message: 'Draw from the Random port, digest through system/.' },
]

const bareBuiltins = builtinModules.filter((name) => !name.startsWith('_') && !name.startsWith('node:'))

export const nodePrefix = {
  paths: bareBuiltins.map((name) => ({ name, message: `Write 'node:${name}'.` })),
}

export const noNode = {
  paths: nodePrefix.paths,
  patterns: [{ group: ['node:*'], message: 'Only system/ touches Node; everything else gets it through a port.' }],
}
