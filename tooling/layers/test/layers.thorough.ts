import { beforeAll, describe, expect, test } from 'vitest'
import layers from '../dependency-cruiser.mjs'
import { judge, type Tree, type Violation } from './layered-tree.js'

const core = 'packages/core/src'

/** A house in order: every import that the rules mean to allow. */
const inOrder: Tree = {
  [`${core}/index.ts`]: ["import './master/create-master.js'", "import './agent/index.js'"],
  [`${core}/errors/index.ts`]: [],
  [`${core}/model/index.ts`]: ["import 'zod'", "import '../errors/index.js'"],
  [`${core}/protocol/index.ts`]: ["import type {} from '../model/index.js'"],
  [`${core}/spi/index.ts`]: ["import '../protocol/index.js'", "import '../errors/index.js'"],
  [`${core}/waiting/index.ts`]: ["import '../spi/index.js'"],
  [`${core}/store/index.ts`]: ["import '../spi/index.js'", "import '../waiting/index.js'"],
  [`${core}/events/index.ts`]: ["import 'eventemitter3'"],
  [`${core}/system/index.ts`]: ["import 'node:fs'", "import '../spi/index.js'"],
  [`${core}/link/index.ts`]: ["import '../system/index.js'"],
  [`${core}/agent/index.ts`]: ["import '../link/index.js'"],
  [`${core}/master/intake.ts`]: ["import 'yaml'", "import '../store/index.js'"],
  [`${core}/master/api-server/index.ts`]: ["import '../intake.js'", "import './registry.js'"],
  [`${core}/master/api-server/registry.ts`]: [],
  [`${core}/master/filter-gateway/index.ts`]: [],
  [`${core}/master/action-controller/index.ts`]: [],
  [`${core}/master/state-manager/index.ts`]: [],
  [`${core}/master/monitoring-server/index.ts`]: [],
  [`${core}/master/create-master.ts`]: ['api-server', 'filter-gateway', 'action-controller', 'state-manager', 'monitoring-server'].map(
    (service) => `import './${service}/index.js'`,
  ),
  'packages/store-embedded/src/index.ts': ["import 'classic-level'", "import 'node:net'", "import '@piccolo/core/spi'"],
  'packages/client/src/index.ts': ["import '@piccolo/core/spi'"],
  'packages/testing/src/index.ts': ["import '@piccolo/core'", "import '@piccolo/core/agent'", "import '@piccolo/core/spi'"],
  'packages/testing/test/core/agent.test.ts': ["import '../../../core/src/agent/index.js'"],
  'packages/cli/src/index.ts': ["import '@piccolo/core'", "import '@piccolo/store-embedded'", "import '@piccolo/client'"],
}

/** One file a rule, each with the one import that the rule is there to refuse. */
const broken: readonly { readonly rule: string; readonly file: string; readonly imports: string; readonly to?: string }[] = [
  { rule: 'core-order-errors', file: `${core}/errors/x.ts`, imports: "import '../model/index.js'" },
  { rule: 'core-order-model', file: `${core}/model/x.ts`, imports: "import '../protocol/index.js'" },
  { rule: 'core-order-protocol', file: `${core}/protocol/x.ts`, imports: "import type {} from '../spi/index.js'" },
  { rule: 'core-order-spi', file: `${core}/spi/x.ts`, imports: "import '../store/index.js'" },
  { rule: 'core-order-waiting', file: `${core}/waiting/x.ts`, imports: "import '../store/index.js'" },
  { rule: 'core-order-store', file: `${core}/store/x.ts`, imports: "import '../events/index.js'" },
  { rule: 'core-order-events', file: `${core}/events/x.ts`, imports: "import '../system/index.js'" },
  { rule: 'core-order-system', file: `${core}/system/x.ts`, imports: "import '../link/index.js'" },
  { rule: 'core-order-link', file: `${core}/link/x.ts`, imports: "import '../agent/index.js'" },
  { rule: 'core-order-agent', file: `${core}/agent/x.ts`, imports: "import type {} from '../master/intake.js'" },
  { rule: 'core-order-master', file: `${core}/master/x.ts`, imports: "import '../index.js'" },
  { rule: 'master-without-agent', file: `${core}/master/y.ts`, imports: "import type {} from '../agent/index.js'" },
  { rule: 'service-apart-api-server', file: `${core}/master/api-server/x.ts`, imports: "import type {} from '../state-manager/index.js'" },
  { rule: 'service-apart-filter-gateway', file: `${core}/master/filter-gateway/x.ts`, imports: "import '../action-controller/index.js'" },
  { rule: 'service-apart-action-controller', file: `${core}/master/action-controller/x.ts`, imports: "import '../api-server/registry.js'" },
  { rule: 'service-apart-state-manager', file: `${core}/master/state-manager/x.ts`, imports: "import '../monitoring-server/index.js'" },
  { rule: 'service-apart-monitoring-server', file: `${core}/master/monitoring-server/x.ts`, imports: "import '../filter-gateway/index.js'" },
  { rule: 'services-behind-create-master', file: `${core}/master/z.ts`, imports: "import './state-manager/index.js'" },
  { rule: 'core-names-no-backend', file: `${core}/store/y.ts`, imports: "import 'classic-level'" },
  { rule: 'core-names-no-backend', file: `${core}/master/w.ts`, imports: "import '@piccolo/store-embedded'" },
  { rule: 'core-without-its-proof', file: 'packages/core/test/x.test.ts', imports: "import '@piccolo/testing'" },
  { rule: 'adapter-knows-only-its-port', file: 'packages/store-embedded/src/x.ts', imports: "import '@piccolo/core'" },
  { rule: 'adapter-knows-only-its-port', file: 'packages/transport-grpc/src/x.ts', imports: "import '@piccolo/store-embedded'" },
  { rule: 'library-over-the-ports', file: 'packages/client/src/x.ts', imports: "import '@piccolo/core'" },
  { rule: 'twins-without-adapters', file: 'packages/testing/src/x.ts', imports: "import '@piccolo/store-embedded'" },
  { rule: 'product-without-its-proof', file: 'packages/cli/src/x.ts', imports: "import '@piccolo/testing'" },
  { rule: 'packages-meet-at-their-entries', file: 'packages/cli/src/y.ts', imports: "import '../../core/src/master/create-master.js'" },
  { rule: 'source-without-tests', file: 'packages/cli/src/z.ts', imports: "import '../test/helper.js'" },
  { rule: 'dependency-is-declared', file: 'packages/store-bare/src/x.ts', imports: "import 'classic-level'" },
  { rule: 'import-resolves', file: 'packages/cli/src/w.ts', imports: "import './nowhere.js'" },
  { rule: 'no-cycles', file: `${core}/events/a.ts`, imports: "import './b.js'" },
]

const bystanders: Tree = {
  'packages/cli/test/helper.ts': [],
  'packages/transport-grpc/src/index.ts': [],
  [`${core}/events/b.ts`]: ["import './a.js'"],
}

describe('the layers', () => {
  let violations: Violation[] = []
  beforeAll(async () => {
    const offenders = Object.fromEntries(broken.map(({ file, imports }) => [file, [imports]]))
    violations = await judge({ ...inOrder, ...bystanders, ...offenders }, 'dependency-cruiser.mjs')
  }, 90_000)

  test('a house in order passes', async () => {
    expect(await judge(inOrder, 'dependency-cruiser.mjs')).toEqual([])
  }, 90_000)

  test.each(broken)('$rule refuses $imports in $file', ({ rule, file }) => {
    expect(violations.filter(({ from }) => from === file).map((violation) => violation.rule)).toContain(rule)
  })

  test('nothing but the offenders is refused', () => {
    const offenders = new Set([...broken.map(({ file }) => file), ...Object.keys(bystanders)])
    expect(violations.filter(({ from }) => !offenders.has(from))).toEqual([])
  })

  test('every rule is shown to bite', () => {
    expect(new Set(broken.map(({ rule }) => rule))).toEqual(new Set(layers.forbidden.map(({ name }) => name)))
  })
})

describe('the weight of an agent', () => {
  test('a schema library behind a type import weighs nothing', async () => {
    expect(await judge(inOrder, 'agent-weight.mjs')).toEqual([])
  }, 90_000)

  test('agent-without-schemas refuses a path of values from the agent to zod', async () => {
    const tree = { ...inOrder, [`${core}/agent/index.ts`]: ["import './check.js'"], [`${core}/agent/check.ts`]: ["import '../model/index.js'"] }
    expect((await judge(tree, 'agent-weight.mjs')).map(({ rule }) => rule)).toContain('agent-without-schemas')
  }, 90_000)
})
