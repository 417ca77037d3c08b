import type { ManifestFile } from '@piccolo/core/spi'

/** The image that every node of a test cluster has. */
export const image = 'localhost/piccolo/busybox:test'

/** A process that runs until it is told to end, and then ends at once. */
export const forever = 'trap "exit 0" TERM; sleep 100000 & wait'

type Pod = Readonly<Record<string, unknown>>

/** A Model and the node it is for. */
export interface ModelSketch {
  readonly name: string
  readonly node: string
  readonly pod: Pod
}

/** A manifest that knows what it launches. */
export interface TestManifest extends ManifestFile {
  readonly workloads: readonly string[]
}

/** A container that runs a script. */
export function shell(name: string, script: string, more: Pod = {}): Pod {
  return { name, image, command: ['sh', '-c', script], ...more }
}

/** A Model of one container called `main`, or of the containers given. Host network and a short grace, unless the pod says otherwise. */
export function model(name: string, node: string, pod: Pod & ({ readonly script: string } | { readonly containers: readonly Pod[] })): ModelSketch {
  const { script, ...rest } = pod
  const containers = typeof script === 'string' ? [shell('main', script)] : undefined
  return { name, node, pod: { hostNetwork: true, terminationGracePeriodSeconds: 2, ...(containers === undefined ? {} : { containers }), ...rest } }
}

/** A Scenario that launches a Package of these models; all are documents of one file. JSON is YAML. */
export function manifest(name: string, models: readonly ModelSketch[]): TestManifest {
  const documents = [
    { apiVersion: 'v1', kind: 'Scenario', metadata: { name }, spec: { condition: null, action: 'launch', target: name } },
    { apiVersion: 'v1', kind: 'Package', metadata: { name }, spec: { models: models.map((each) => ({ name: each.name, node: each.node })) } },
    ...models.map((each) => ({ apiVersion: 'v1', kind: 'Model', metadata: { name: each.name }, spec: each.pod })),
  ]
  return { name: `${name}.yaml`, text: documents.map((document) => JSON.stringify(document, null, 2)).join('\n---\n'), workloads: models.map((each) => each.name) }
}
