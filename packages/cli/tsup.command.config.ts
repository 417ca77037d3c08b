import { fewModules } from '../../tooling/tsup/few-modules.js'

export default fewModules('run-piccolo', 'src/run-piccolo.ts', ['@piccolo/store-etcd'])
