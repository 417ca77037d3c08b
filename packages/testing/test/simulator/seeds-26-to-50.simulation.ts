import { livesThrough } from './lives-through.js'

livesThrough(26, 50, 5)
