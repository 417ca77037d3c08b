import { common } from './common.mjs'
import { runtime } from './ports/runtime.mjs'
import { signals } from './ports/signals.mjs'
import { store } from './ports/store.mjs'
import { transport } from './ports/transport.mjs'

/** What a port's adapter begins with: `noun`, `suite`, `subject`, and the texts of its source and its bed. */
const ports = { transport, store, runtime, signals }

export const portNames = Object.keys(ports)

/** The files of a new adapter, by path: `{ folder, testPath, files }`. Throws what a person has to mend. */
export function scaffold({ port, name }) {
  if (!Object.hasOwn(ports, port)) throw new Error(`There is no port ${port || '(none given)'} with a beginning here.`)
  if (!/^[a-z][a-z0-9]*(-[a-z0-9]+)*$/.test(name)) throw new Error(`${name || '(no name given)'} is no name: lower-case words with hyphens between, e.g. my-link.`)
  const { noun, suite, subject, source, bed } = ports[port]
  const camel = name.replaceAll(/-(.)/g, (_, letter) => letter.toUpperCase())
  const factory = camel + noun
  const words = {
    port, name, suite, subject, factory,
    folder: `${port}-${name}`,
    file: `${name}-${noun.replaceAll(/(?<=[a-z])(?=[A-Z])/g, '-').toLowerCase()}`,
    options: `${factory[0].toUpperCase()}${factory.slice(1)}Options`,
  }
  const files = new Map([...common(words), [`src/${words.file}.ts`, source(words)], ['test/bed.ts', bed(words)]])
  return { folder: words.folder, testPath: 'test/bed.ts', files }
}
