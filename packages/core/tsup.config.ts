import { packageBundle } from '../../tooling/tsup/preset.js'

export default packageBundle({ index: 'src/index.ts', spi: 'src/spi/index.ts', agent: 'src/agent/index.ts', system: 'src/system/index.ts' })
