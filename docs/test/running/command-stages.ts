import { yamlBlocksOf } from './blocks.js'

/** How a page's commands are run here, in order and in one folder, where `piccolo` is the command as it was built. */
export interface CommandStage {
  /** What the reader has in that folder. */
  readonly files?: Readonly<Record<string, string>>
  /** What stands there for the reader's own machines, and what it is here. Each must be found. `{address}` is what a command before has shown. */
  readonly instead?: readonly (readonly [found: string, here: string])[]
  /** Commands that go on until the page ends, by how they begin: the next one follows when this was seen. Named groups are kept. */
  readonly until?: Readonly<Record<string, RegExp>>
  /** Commands of ours behind the page's, to put away what it has started. */
  readonly afterwards?: readonly string[]
}

/** One Model on one node, as the main README applies it, but a command that every machine has. */
const shopOn = (node: string): string => (yamlBlocksOf('README.md')[0] ?? '').replace('node: node-a', `node: ${node}`)

/** The address and the secrets come from the cluster that lives as long as the tests; see `live-cluster.ts`. */
export const commandStages = ({ api }: { readonly api: string }): Readonly<Record<string, CommandStage>> => ({
  'docs/security.md': {
    instead: [
      ['piccolo master', 'piccolo --credential credential.json master --directory master --listen 127.0.0.1:0 --api 127.0.0.1:0'],
      ['10.0.0.1:47100', '{address}'],
      ['10.0.7.0/24', '127.0.0.0/8'],
      ['--token-file bow.token', '--token-file bow.token --runtime process --directory bow'],
      ['--token-file bow-2.token', '--token-file bow-2.token --runtime process --directory bow-2'],
      ...['person create', 'person list', 'person set-role', 'person remove', 'ca show', 'ca roll'].map((words) => [`piccolo ${words}`, `piccolo ${words} --directory master`] as const),
      ['/var/lib/piccolo/master', 'master'],
    ],
    until: {
      'piccolo master': /Nodes dial (?<address>[^,]+),/,
      'piccolo agent --master 10.0.0.1:47100 --token-file bow.token': /has to approve/,
      'piccolo agent --master 10.0.0.1:47100 --token-file bow-2.token': /has to approve/,
      'piccolo events -f': /revoked/,
    },
  },
  'examples/custom-cluster/README.md': {},
  'examples/custom-runtime/README.md': {},
  'examples/custom-store/README.md': {},
  'examples/custom-transport/README.md': {},
  'examples/vehicle/README.md': {
    until: { 'piccolo logs -f camera': /frame 1/ },
  },
  'docs/authority.md': {
    instead: [
      ['piccolo master', 'piccolo --credential credential.json master --directory master --listen 127.0.0.1:0 --api 127.0.0.1:0'],
      ...['ca show', 'ca roll', 'ca encrypt', 'ca decrypt', 'person create', 'person list', 'person set-role', 'person remove']
        .map((each) => [`piccolo ${each}`, `piccolo ${each} --directory master`] as const),
      ['piccolo ca intermediate', 'piccolo ca intermediate --directory another'],
    ],
    until: { 'piccolo master': /Nodes dial/ },
    afterwards: ['test "$(ls another/ca)" = "$(printf "ca-key.pem\\nca.pem")"', 'test -s ada.json'],
  },
  'packages/cli/README.md': {
    files: { 'node.yaml': 'nodes:\n  - hostname: zone-a\n    role: embedded\n', 'shop.yaml': shopOn('zone-a') },
    instead: [
      ['piccolo master', 'piccolo --credential credential.json master --directory master --listen 127.0.0.1:0 --api 127.0.0.1:0'],
      ['10.0.0.1:47100', '{address}'],
      ['--runtime podman', '--runtime process --directory agent'],
    ],
    until: { 'piccolo master': /Nodes dial (?<address>[^,]+),/, 'piccolo agent': /The agent (is up|of node)/ },
  },
  'packages/http-api/README.md': {
    files: { 'shop.yaml': shopOn('front') },
    instead: [['::127.0.0.1:47099', `::${new URL(api).host}`]],
    // Whatever the answer was, curl is content; this one is not, unless it was applied.
    afterwards: ['piccolo delete -f shop.yaml'],
  },
})

const onChip = "needs a PKCS#11 chip or SoftHSM, and OpenSSL's provider for it"

/** Commands that are not run here, by page and how they begin, and who runs them, or why nobody can. */
export const aside: readonly { readonly page: string; readonly begins: string; readonly because: string }[] = [
  { page: 'README.md', begins: 'npm run demo', because: 'packages/cli/test/acceptance/demo.acceptance.ts runs it' },
  { page: 'README.md', begins: 'npm test', because: 'is what runs this' },
  { page: 'CONTRIBUTING.md', begins: 'git clone', because: 'the reader alone knows from where' },
  { page: 'CONTRIBUTING.md', begins: 'npm ci', because: 'is the first step of npm test' },
  { page: 'CONTRIBUTING.md', begins: 'npm run test:unit', because: 'is a step of npm test' },
  { page: 'CONTRIBUTING.md', begins: 'npm run release', because: 'makes a release of this very tree' },
  { page: 'CONTRIBUTING.md', begins: 'npm run build && npm run api:check', because: 'are steps of npm test' },
  { page: 'CONTRIBUTING.md', begins: 'npm test', because: 'is what runs this' },
  { page: 'CONTRIBUTING.md', begins: 'npm run pack', because: 'tooling/packed/test/tarballs.acceptance.ts packs' },
  { page: 'docs/certify-an-adapter.md', begins: 'mkdir bus-signals', because: 'docs/test/certify-an-adapter.test.ts makes the folder' },
  { page: 'docs/certify-an-adapter.md', begins: 'npm init', because: 'docs/test/certify-an-adapter.test.ts makes the folder' },
  { page: 'docs/certify-an-adapter.md', begins: 'npm install', because: 'tooling/packed/test/installed.acceptance.ts installs the tarballs' },
  { page: 'docs/chip-keys.md', begins: 'softhsm2-util', because: onChip },
  { page: 'docs/chip-keys.md', begins: 'pkcs11-tool', because: onChip },
  { page: 'docs/chip-keys.md', begins: 'mkdir -p -m 700 agent', because: onChip },
  { page: 'docs/chip-keys.md', begins: 'openssl asn1parse', because: onChip },
  { page: 'docs/chip-keys.md', begins: "(echo '-----BEGIN PKCS#11", because: onChip },
  { page: 'docs/chip-keys.md', begins: 'chmod 600 agent', because: onChip },
  { page: 'docs/chip-keys.md', begins: 'p11-kit server', because: onChip },
  { page: 'docs/chip-keys.md', begins: 'export P11_KIT_SERVER_ADDRESS', because: onChip },
  { page: 'docs/chip-keys.md', begins: 'NODE_OPTIONS=--openssl-config', because: onChip },
  { page: 'docs/simulation.md', begins: 'npm run simulate', because: 'tooling/start/test/simulate.thorough.ts runs fewer seeds; these take minutes' },
  { page: 'examples/custom-cluster/README.md', begins: 'npm run build', because: 'has been done when this is run' },
  { page: 'examples/custom-runtime/README.md', begins: 'npm run build', because: 'has been done when this is run' },
  { page: 'examples/custom-store/README.md', begins: 'npm run build', because: 'has been done when this is run' },
  { page: 'examples/custom-transport/README.md', begins: 'npm run build', because: 'has been done when this is run' },
  { page: 'examples/embed-agent/README.md', begins: 'npm start', because: 'examples/embed-master/test starts it beside its master' },
  { page: 'examples/embed-master/README.md', begins: 'npm run build', because: 'has been done when this is run' },
  { page: 'examples/embed-master/README.md', begins: 'npm start', because: 'examples/embed-master/test starts it' },
]
