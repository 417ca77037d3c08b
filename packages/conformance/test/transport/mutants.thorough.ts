import { walkMutants } from '../mutants/walk.js'
import { transportWalk } from './mutants.js'

walkMutants(transportWalk)
