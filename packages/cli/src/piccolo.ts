#!/usr/bin/env node
import { createRequire } from 'node:module'

// A board pays for every megabyte: the agent is a file of its own, without what the other commands need.
createRequire(import.meta.url)(process.argv[2] === 'agent' ? './piccolo-agent.cjs' : './run-piccolo.cjs')
