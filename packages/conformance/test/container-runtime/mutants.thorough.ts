import { walkMutants } from '../mutants/walk.js'
import { containerRuntimeWalk } from './mutants.js'

walkMutants(containerRuntimeWalk)
