import { packageBundle } from '../../tooling/tsup/preset.js'

export default packageBundle({ main: 'src/main.ts' })
