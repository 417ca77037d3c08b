import { livesThrough } from './lives-through.js'

livesThrough(1, 25, 10)
