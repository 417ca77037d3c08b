import { walkMutants } from '../mutants/walk.js'
import { diskWalk } from './mutants.js'

walkMutants(diskWalk)
