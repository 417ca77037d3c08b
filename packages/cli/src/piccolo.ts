#!/usr/bin/env node
import { createRequire } from 'node:module'

if (process.argv[2] === 'agent') {
  // A board pays for every megabyte: the agent is a file of its own, without what the other commands need.
  createRequire(import.meta.url)('./piccolo-agent.cjs')
} else {
  await import(new URL('./run-piccolo.mjs', import.meta.url).href)
}
