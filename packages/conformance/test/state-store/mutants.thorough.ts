import { walkMutants } from '../mutants/walk.js'
import { stateStoreWalk } from './mutants.js'

walkMutants(stateStoreWalk)
