import { fileURLToPath } from 'node:url'

const packages = fileURLToPath(new URL('../../packages', import.meta.url))

/** Tests run from source: a change shows at once, without a build between. */
export const sourceAliases = [
  { find: /^@piccolo\/(core|auth-x509)\/([a-z0-9-]+)$/, replacement: `${packages}/$1/src/$2/index.ts` },
  { find: /^@piccolo\/([a-z0-9-]+)$/, replacement: `${packages}/$1/src/index.ts` },
]
