import { walkMutants } from '../mutants/walk.js'
import { signalSourceWalk } from './mutants.js'

walkMutants(signalSourceWalk)
