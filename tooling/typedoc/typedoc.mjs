import { join } from 'node:path'
import { root } from '../start/house.mjs'
import { publicPackages } from '../start/packages.mjs'

/** The reference of everything public. A link that leads nowhere is an error; so is whatever else TypeDoc warns of. */
export default {
  entryPoints: publicPackages().flatMap(({ entries }) => entries.map(({ source }) => source)),
  tsconfig: join(root, 'tooling/typedoc/tsconfig.json'),
  // The compiler has had its say by then.
  skipErrorChecking: true,
  treatWarningsAsErrors: true,
  validation: { notExported: true, invalidLink: true, invalidPath: true, rewrittenLink: true },
  out: join(root, 'node_modules/.cache/piccolo-reference'),
  name: 'Piccolo',
  readme: 'none',
  excludePrivate: true,
  disableSources: true,
  githubPages: false,
}
