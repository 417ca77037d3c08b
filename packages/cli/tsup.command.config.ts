import { singleModule } from '../../tooling/tsup/single-file.js'

export default singleModule('run-piccolo', 'src/run-piccolo.ts', ['@piccolo/store-embedded', '@piccolo/store-etcd'])
