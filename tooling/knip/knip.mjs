import { relative } from 'node:path'
import { publicPackages } from '../start/packages.mjs'

const tests = 'test/**/*.{test,thorough,simulation,acceptance,soak}.ts'

/** What a published package shows, and what starts a process, is used by definition; everything else has to be used by something. */
const packages = publicPackages().map(({ directory, entries, manifest }) => [
  `packages/${directory.split('/').at(-1)}`,
  { entry: [...entries.map(({ source }) => relative(directory, source)), ...programs(manifest), tests], project: ['{src,test,scripts}/**/*.{ts,mjs}'] },
])

/** `./dist/piccolo.js` is made of `src/piccolo.ts`, which loads what is made of `src/run-piccolo.ts`. */
function programs({ bin = {} }) {
  const names = Object.values(bin).map((path) => /^\.\/dist\/(.*)\.[cm]?js$/.exec(path)?.[1])
  return names.flatMap((name) => [`src/${name}.ts`, `src/run-${name}.ts`])
}

export default {
  workspaces: {
    '.': { entry: ['docs/test/*.test.ts'], project: ['docs/**/*.ts'] },
    ...Object.fromEntries(packages),
    'tooling/*': { entry: ['*.{js,mjs}', 'test/*.config.ts', tests], project: ['**/*.{js,mjs,ts}'] },
    // Programs that a reader starts.
    'examples/*': { entry: ['src/{main,certify,suite}.ts', tests], project: ['**/*.ts'] },
    bench: { entry: ['src/index.ts', tests], project: ['**/*.ts'] },
  },
  ignore: ['**/generated/**'],
  // A file may use what it exports: a type beside the function that takes it has a name for its readers.
  ignoreExportsUsedInFile: true,
  // Every schema has its type, whether somebody needs the name today or not.
  ignoreIssues: { 'packages/core/src/model/**': ['types'] },
  // Suites and twins are at the hand of every test of the house; the bundle of the command asks for LevelDB's native half.
  ignoreDependencies: ['@piccolo/conformance', '@piccolo/testing', 'classic-level'],
  ignoreBinaries: ['mount', 'umount'],
  treatConfigHintsAsErrors: false,
}
