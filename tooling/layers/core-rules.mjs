/** core/src from the ground up: a folder imports only from those before it. */
const folders = ['errors', 'model', 'protocol', 'spi', 'waiting', 'store', 'events', 'system', 'link', 'agent', 'master']

const services = ['api-server', 'filter-gateway', 'action-controller', 'state-manager', 'monitoring-server']

const groundUp = folders.map((folder, height) => ({
  name: `core-order-${folder}`,
  comment: `${folder}/ stands below what it imports: move the shared part down.`,
  severity: 'error',
  from: { path: `^packages/core/src/${folder}/` },
  to: { path: `^packages/core/src/(${[...folders.slice(height + 1), 'index\\.ts'].join('|')})` },
}))

const apart = services.map((service) => ({
  name: `service-apart-${service}`,
  comment: 'The five services never import each other: state what you need as an interface, create-master.ts hands it in.',
  severity: 'error',
  from: { path: `^packages/core/src/master/${service}/` },
  to: { path: `^packages/core/src/master/(${services.filter((other) => other !== service).join('|')})/` },
}))

export const coreRules = [
  ...groundUp,
  {
    name: 'master-without-agent',
    comment: 'agent/ and master/ are two programs; what both need lives in link/ or lower.',
    severity: 'error',
    from: { path: '^packages/core/src/master/' },
    to: { path: '^packages/core/src/agent/' },
  },
  ...apart,
  {
    name: 'services-behind-create-master',
    comment: 'Only create-master.ts knows the five services.',
    severity: 'error',
    from: { path: '^packages/core/src/', pathNot: `^packages/core/src/master/((${services.join('|')})/|create-master\\.ts$)` },
    to: { path: `^packages/core/src/master/(${services.join('|')})/` },
  },
  {
    name: 'core-names-no-backend',
    comment: 'Core stands on its ports: no other package of the house, no library beyond these three.',
    severity: 'error',
    from: { path: '^packages/core/src/' },
    to: { path: '^packages/|node_modules/', pathNot: '^packages/core/|node_modules/(@types/node|eventemitter3|yaml|zod)/' },
  },
  {
    name: 'core-without-its-proof',
    comment: 'Tests of core that need twins live in packages/testing/test/core.',
    severity: 'error',
    from: { path: '^packages/core/' },
    to: { path: '^packages/(testing|conformance)/' },
  },
]
