import type { ManifestFile } from '@piccolo/core/spi'
import { benchImage, willingCommand } from './podman-instance.js'

export interface ManifestOptions {
  /** Of the Scenario and the Package. */
  readonly name: string
  readonly node: string
  readonly models: readonly string[]
  readonly restartPolicy: 'Always' | 'Never'
}

/** The same of plain processes that sleep. */
export function sleepers(name: string, node: string, models: readonly string[]): ManifestFile {
  return written({ name, node, models, restartPolicy: 'Always' }, { image: 'none', command: ['sleep', '3600'] })
}

/** A Package launched at once, each Model one container of the bench's image. */
export function manifest(options: ManifestOptions): ManifestFile {
  return written(options, { image: benchImage, command: willingCommand })
}

/** JSON is YAML. */
function written({ name, node, models, restartPolicy }: ManifestOptions, container: { readonly image: string; readonly command: readonly string[] }): ManifestFile {
  const documents = [
    { apiVersion: 'v1', kind: 'Scenario', metadata: { name }, spec: { condition: null, action: 'launch', target: name } },
    {
      apiVersion: 'v1', kind: 'Package', metadata: { name },
      spec: { pattern: [{ type: 'plain' }], models: models.map((model) => ({ name: model, node, resources: {} })) },
    },
    ...models.map((model) => ({
      apiVersion: 'v1', kind: 'Model', metadata: { name: model },
      spec: { restartPolicy, terminationGracePeriodSeconds: 2, containers: [{ name: 'main', ...container }] },
    })),
  ]
  return { name: `${name}.yaml`, text: documents.map((document) => JSON.stringify(document)).join('\n---\n') }
}
