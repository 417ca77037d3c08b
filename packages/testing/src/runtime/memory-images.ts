import { PiccoloError, type ImagesFacet } from '@piccolo/core/spi'
import { sleep } from '../clock/sleep.js'
import type { MemoryMachine } from './memory-machine.js'

/** How one call reaches the engine of a machine. */
export type EngineCall = <Result>(signal: AbortSignal, run: () => Result | Promise<Result>) => Promise<Result>

/** The images of a machine, as its runtime offers them. */
export function memoryImages(machine: MemoryMachine, call: EngineCall): ImagesFacet {
  return {
    has: (image, signal) => call(signal, () => machine.images.has(image)),
    pull: (image, signal) => call(signal, () => pull(machine, image, signal)),
    load: (path, signal) => call(signal, () => {
      const names = machine.archives.get(path)
      if (names === undefined) throw new PiccoloError('not-found', `There is no archive ${path}.`)
      for (const name of names) machine.putImage(name)
      return names
    }),
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
