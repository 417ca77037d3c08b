import { packageBundle } from '../tooling/tsup/preset.js'

export default packageBundle({ index: 'src/index.ts', 'live-node-thread': 'src/cluster/live-node-thread.ts' })
