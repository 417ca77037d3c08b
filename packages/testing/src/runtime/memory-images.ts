import { PiccoloError, type ImagesFacet } from '@piccolo/core/spi'
import { sleep } from '../clock/sleep.js'
import type { MemoryMachine } from './memory-machine.js'

/** The images of a machine, as its runtime offers them. */
export function memoryImages(machine: MemoryMachine, guard: (signal: AbortSignal) => void): ImagesFacet {
  return {
    has: async (image, signal) => {
      guard(signal)
      return machine.images.has(image)
    },
    pull: async (image, signal) => {
      guard(signal)
      await pull(machine, image, signal)
    },
    load: async (path, signal) => {
      guard(signal)
      const names = machine.archives.get(path)
      if (names === undefined) throw new PiccoloError('not-found', `There is no archive ${path}.`)
      for (const name of names) machine.putImage(name)
      return names
    },
  }
}

async function pull(machine: MemoryMachine, image: string, signal: AbortSignal): Promise<void> {
  machine.note(`pull ${image}`)
  machine.check('pull')
  const found = machine.registry.get(image)
  if (found === undefined) {
    if (machine.registry.has(image)) throw new PiccoloError('not-found', `The registry knows no image ${image}.`)
    throw new PiccoloError('unavailable', `The registry of ${image} can't be reached.`)
  }
  if (found.pullMs > 0) await sleep(machine.clock, found.pullMs, signal)
  machine.putImage(image)
}
