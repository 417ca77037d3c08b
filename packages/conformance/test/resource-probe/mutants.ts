import { execFile } from 'node:child_process'
import { resourceProbeSuite, type ResourceProbeSubject } from '@piccolo/conformance'
import { PiccoloError, type ResourceProbe } from '@piccolo/core/spi'
import { memoryBoard, memoryProbe } from '@piccolo/testing'
import { abortMutants, changed, context, subjectOf, type Alter, type Mutant } from '../mutants/mutant.js'
import type { Walk } from '../mutants/walk.js'

type Change = (real: ResourceProbe) => Partial<ResourceProbe>

const bed = (change: Change) => subjectOf<ResourceProbeSubject>(() => {
  const board = memoryBoard()
  return {
    probe: () => {
      const real = memoryProbe(board)(context())
      return changed(real, change(real))
    },
  }
})

const broken = (killedBy: string, name: string, change: Change): Mutant<ResourceProbeSubject> => ({ killedBy, name, provide: bed(change) })
const method = (name: keyof ResourceProbe) => (alter: Alter) => bed((real) => alter(real, name))

export const resourceProbeWalk: Walk<ResourceProbeSubject> = {
  suite: resourceProbeSuite,
  original: bed(() => ({})),
  mutants: [
    ...abortMutants({ 'probe/aborted-facts': method('facts'), 'probe/aborted-read': method('read') }),
    broken('probe/facts', 'knows a board without cores', (real) => ({ facts: async (signal) => ({ ...(await real.facts(signal)), cpuCores: 0 }) })),
    broken('probe/facts', 'leaves words empty that it does not know', (real) => ({ facts: async (signal) => ({ ...(await real.facts(signal)), bootId: '' }) })),
    broken('probe/facts-are-steady', 'takes every look for a boot', (real) => {
      let looks = 0
      return { facts: async (signal) => ({ ...(await real.facts(signal)), bootId: String((looks += 1)) }) }
    }),
    broken('probe/reading', 'has more memory to give than there is', (real) => ({ read: async (signal) => ({ ...(await real.read(signal)), memoryAvailableBytes: 5e9 }) })),
    broken('probe/reading', 'does not know the load', (real) => ({ read: async (signal) => ({ ...(await real.read(signal)), load1: Number.NaN }) })),
    broken('probe/reading-fits-the-facts', 'counts cores in two ways', (real) => ({ read: async (signal) => ({ ...(await real.read(signal)), cpuCores: 8 }) })),
    broken('probe/many-at-once', 'answers one at a time', (real) => {
      let isBusy = false
      return {
        read: async (signal) => {
          if (isBusy) throw new PiccoloError('unavailable', 'One at a time.')
          isBusy = true
          await new Promise((resolve) => setImmediate(resolve))
          isBusy = false
          return real.read(signal)
        },
      }
    }),
    broken('probe/starts-no-process', 'asks a program', (real) => ({
      read: async (signal) => {
        await new Promise<void>((resolve) => void execFile(process.execPath, ['--version'], () => { resolve() }))
        return real.read(signal)
      },
    })),
  ],
}
