import layers from './dependency-cruiser.mjs'

/** What ends up in the memory of an agent. Only imports that remain after compilation weigh anything. */
export default {
  forbidden: [
    {
      name: 'agent-without-schemas',
      comment: 'A board pays for every megabyte: parsers and schemas stay with the master, the agent takes types only.',
      severity: 'error',
      from: { path: '^packages/core/src/(agent|spi)/index\\.ts$' },
      to: { path: 'node_modules/(zod|yaml)/', reachable: true },
    },
  ],
  options: { ...layers.options, tsPreCompilationDeps: false },
}
