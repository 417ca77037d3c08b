#!/usr/bin/env node
import { describeAgent } from './commands/agent.js'
import { spareMemory } from './daemon/spare-memory.js'
import { createProgram, runProgram } from './program.js'
import { runProcess } from './run-process.js'

spareMemory()

// The single file: `piccolo agent` as a program of its own. Started as that, the first word is still there.
void runProcess((args, host) => {
  const [first, ...rest] = args
  const [name, own] = first === 'agent' ? ['piccolo agent', rest] : ['piccolo-agent', args]
  return runProgram(describeAgent(createProgram(name, host), host), own, host)
})
