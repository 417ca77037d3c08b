import { walkMutants } from '../mutants/walk.js'
import { resourceProbeWalk } from './mutants.js'

walkMutants(resourceProbeWalk)
