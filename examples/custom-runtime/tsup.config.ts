import { packageBundle } from '../../tooling/tsup/preset.js'

export default packageBundle({ certify: 'src/certify.ts', suite: 'src/suite.ts' })
