import { existsSync, readdirSync, readFileSync } from 'node:fs'

const packages = new URL('../../packages/', import.meta.url)

const adapters = '(?:transport|runtime|store|auth|signals)-[^/]+|http-api'

/** Where one package may step into another: what its manifest exports, `./spi` being `src/spi/index.ts`. */
const names = readdirSync(packages).filter((name) => existsSync(new URL(`${name}/package.json`, packages)))
const entries = names.map((name) => {
  const { exports } = JSON.parse(readFileSync(new URL(`${name}/package.json`, packages), 'utf8'))
  const folders = Object.keys(exports).map((entry) => entry.replace(/^\.\/?/, '').replace(/(.)$/, '$1/'))
  return `^packages/${name}/src/(${folders.join('|')})index\\.ts$`
})

export const packageRules = [
  {
    name: 'adapter-knows-only-its-port',
    comment: 'An adapter imports @piccolo/core/spi, what core knows of the machine (@piccolo/core/system) and its own backend, so that any other one can take its place.',
    severity: 'error',
    from: { path: `^packages/(${adapters})/src/` },
    to: { path: '^packages/', pathNot: '^packages/($1/|core/src/(?:spi|system)/index\\.ts$)' },
  },
  {
    name: 'library-over-the-ports',
    comment: 'client and conformance are for vendors too: they see the ports, not what is behind them.',
    severity: 'error',
    from: { path: '^packages/(client|conformance)/src/' },
    to: { path: '^packages/', pathNot: '^packages/($1/|core/src/spi/index\\.ts$)' },
  },
  {
    name: 'twins-without-adapters',
    comment: 'testing holds the twins of every adapter: it needs core alone.',
    severity: 'error',
    from: { path: '^packages/testing/src/' },
    to: { path: '^packages/', pathNot: '^packages/(testing|core)/' },
  },
  {
    name: 'product-without-its-proof',
    comment: 'What is shipped depends on neither testing nor conformance.',
    severity: 'error',
    from: { path: '^packages/([^/]+)/src/', pathNot: '^packages/(testing|conformance)/' },
    to: { path: '^packages/(testing|conformance)/' },
  },
  {
    name: 'packages-meet-at-their-entries',
    comment: "Import what the other package's exports name, not a file inside it.",
    severity: 'error',
    from: { path: '^packages/([^/]+)/src/' },
    to: { path: '^packages/', pathNot: ['^packages/$1/', ...entries] },
  },
  {
    name: 'source-without-tests',
    comment: 'What is shipped never imports a test or a helper of one.',
    severity: 'error',
    from: { path: '^packages/[^/]+/src/' },
    to: { path: '^packages/[^/]+/test/' },
  },
  {
    name: 'dependency-is-declared',
    comment: 'A package names what it runs on in its own dependencies.',
    severity: 'error',
    from: { path: '^packages/[^/]+/src/' },
    to: { dependencyTypes: ['npm-dev', 'npm-no-pkg', 'npm-unknown'], pathNot: 'node_modules/@types/node/' },
  },
  {
    name: 'import-resolves',
    comment: 'This import leads nowhere.',
    severity: 'error',
    from: {},
    to: { couldNotResolve: true },
  },
  {
    name: 'no-cycles',
    comment: 'Two files that need each other hide a third one.',
    severity: 'error',
    from: {},
    to: { circular: true },
  },
]
