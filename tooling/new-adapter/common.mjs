import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { root } from '../start/house.mjs'

/** What every adapter's package has, whatever its port. */
export function common({ port, name, folder, file, factory, options, suite, subject }) {
  const { version } = JSON.parse(readFileSync(join(root, 'packages/core/package.json'), 'utf8'))
  const manifest = {
    name: `@piccolo/${folder}`,
    version,
    description: `The ${port} port over ${name}`,
    type: 'module',
    license: 'Apache-2.0',
    engines: { node: '>=20.19' },
    sideEffects: false,
    files: ['dist'],
    exports: { '.': { types: './dist/index.d.ts', default: './dist/index.js' } },
    scripts: { bundle: 'tsup' },
    dependencies: { '@piccolo/core': `^${version}` },
  }
  return [
    ['package.json', `${JSON.stringify(manifest, null, 2)}\n`],
    ['LICENSE', readFileSync(join(root, 'LICENSE'), 'utf8')],
    ['tsup.config.ts', "import { packageBundle } from '../../tooling/tsup/preset.js'\n\nexport default packageBundle({ index: 'src/index.ts' })\n"],
    ['src/index.ts', `export { ${factory}, type ${options} } from './${file}.js'\n`],
    ['test/conformance.test.ts', conformanceTest({ factory, suite, port })],
    ['README.md', readme({ folder, port, factory, subject })],
  ]
}

function conformanceTest({ factory, suite, port }) {
  return `import { describe } from 'vitest'
import { ${suite} } from '@piccolo/conformance'
import { certified } from '../../../tooling/vitest/certified.js'
import { bed } from './bed.js'

describe('${factory}', () => {
  certified(${suite}, bed, { adapter: '${factory}', page: new URL('../certificates/${port}.md', import.meta.url) })
})
`
}

function readme({ folder, port, factory, subject }) {
  return `# @piccolo/${folder}

The ${port} port of \`@piccolo/core/spi\`.

\`\`\`ts
import { ${factory} } from '@piccolo/${folder}'

const adapter = ${factory}()
\`\`\`

What the conformance suite asks of it is in \`test/bed.ts\`, a \`${subject}\`. Once every claim holds, its certificate is written to
\`certificates/${port}.md\`, and held against what the suite shows from then on.
`
}
