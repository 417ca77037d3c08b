import { coreRules } from './core-rules.mjs'
import { packageRules } from './package-rules.mjs'

/** Who may import whom. Types count as well: a type from the wrong side is knowledge of the wrong side. */
export default {
  forbidden: [...coreRules, ...packageRules],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '/dist/|/fixtures/' },
    tsConfig: { fileName: 'tsconfig.json' },
    tsPreCompilationDeps: true,
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['types', 'import', 'default'] },
  },
}
