import eslint from '@eslint/js'
import tseslint from 'typescript-eslint'
import { ambientGlobals, ambientProperties, careful, everywhere, noAmbientCalls, noDefaultExport, noModuleState, noNode, nodePrefix } from './restrictions.js'

const typed = ['**/*.ts']
const sources = ['packages/*/src/**/*.ts']
const tests = ['**/test/**/*.ts']
const configs = ['**/*.config.ts', '**/*.config.js']

/** The house's rules for every TypeScript file; formatting is left to taste, meaning is not. */
export function housePreset({ rootDirectory }) {
  return tseslint.config(
    { ignores: ['**/node_modules/**', '**/dist/**', '**/generated/**', '**/coverage/**', '**/.turbo/**', '**/fixtures/**'] },
    eslint.configs.recommended,
    ...tseslint.configs.strictTypeChecked.map((block) => ({ ...block, files: typed })),
    {
      files: typed,
      languageOptions: { parserOptions: { project: `${rootDirectory}/tsconfig.json`, tsconfigRootDir: rootDirectory } },
      linterOptions: { reportUnusedDisableDirectives: 'error' },
      rules: {
        ...typeRules,
        // `== null` asks for null and undefined in one: documents hold both.
        eqeqeq: ['error', 'always', { null: 'ignore' }],
        'max-params': ['error', 4],
        'no-console': 'error',
        'no-restricted-imports': ['error', nodePrefix],
        'no-restricted-syntax': ['error', ...everywhere, ...noDefaultExport],
      },
    },
    {
      files: sources,
      rules: {
        'max-lines': ['error', 250],
        'no-restricted-syntax': ['error', ...everywhere, ...noDefaultExport, ...noModuleState],
      },
    },
    {
      // Core decides nothing by accident: what is not deterministic comes in through a port, which system/ fills.
      files: ['packages/core/src/**/*.ts'],
      ignores: ['packages/core/src/system/**'],
      rules: {
        'no-restricted-globals': ['error', ...ambientGlobals],
        'no-restricted-properties': ['error', ...ambientProperties],
        'no-restricted-imports': ['error', noNode],
        'no-restricted-syntax': ['error', ...everywhere, ...noDefaultExport, ...noModuleState, ...noAmbientCalls],
      },
    },
    {
      files: tests,
      rules: {
        'max-params': 'off',
        'no-restricted-properties': ['error', ...careful],
        // By their types a runner's matchers, and what JSON.parse gives, may be anything.
        '@typescript-eslint/no-unsafe-assignment': 'off',
      },
    },
    { files: ['packages/cli/src/**/*.ts', 'bench/**/*.ts'], rules: { 'no-console': 'off' } },
    { files: configs, rules: { 'no-restricted-syntax': ['error', ...everywhere] } },
    {
      files: ['**/*.js', '**/*.mjs'],
      languageOptions: { globals: nodeGlobals },
      rules: { 'no-restricted-imports': ['error', nodePrefix] },
    },
  )
}

const typeRules = {
  '@typescript-eslint/consistent-type-imports': 'error',
  '@typescript-eslint/no-import-type-side-effects': 'error',
  '@typescript-eslint/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
  '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_', ignoreRestSiblings: true }],
  '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true, allowBoolean: true }],
  '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true, ignoreVoidReturningFunctions: true }],
  '@typescript-eslint/only-throw-error': ['error', { allowThrowingAny: true, allowThrowingUnknown: true }],
  '@typescript-eslint/prefer-promise-reject-errors': ['error', { allowThrowingAny: true, allowThrowingUnknown: true }],
  // A port's method is async even where one adapter has nothing to wait for.
  '@typescript-eslint/require-await': 'off',
  // The compiler believes that `signal.aborted`, once seen false, stays false across an await.
  '@typescript-eslint/no-unnecessary-condition': 'off',
  // Our objects are closures: their methods may be taken out and handed on.
  '@typescript-eslint/unbound-method': 'off',
}

const nodeGlobals = Object.fromEntries(
  ['process', 'console', 'URL', 'setTimeout', 'clearTimeout', 'setInterval', 'clearInterval', 'AbortSignal', 'AbortController', 'fetch', 'Buffer', 'performance'].map((name) => [name, 'readonly']),
)
