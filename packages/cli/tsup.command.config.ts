import { fewModules } from '../../tooling/tsup/single-file.js'

export default fewModules('run-piccolo', 'src/run-piccolo.ts', ['@piccolo/store-embedded', '@piccolo/store-etcd'])
