import { homedir } from 'node:os'
import type { WriteStream } from 'node:tty'
import type { ProcessHost, TextOutput } from './host.js'

/** The process as it is. */
export function processHost(stop: AbortSignal): ProcessHost {
  return {
    out: outputOf(process.stdout),
    err: outputOf(process.stderr),
    async readInput() {
      const chunks: Buffer[] = []
      for await (const chunk of process.stdin) chunks.push(Buffer.from(chunk as Buffer)) // stdin without an encoding yields buffers
      return Buffer.concat(chunks)
    },
    environment: process.env,
    user: { root: process.getuid?.() === 0, home: homedir() },
    nowMs: () => Date.now(),
    stop,
  }
}

function outputOf(stream: WriteStream): TextOutput {
  return {
    write: async (text) => {
      if (stream.write(text) || stream.destroyed) return
      await new Promise<void>((resolve) => {
        stream.once('drain', resolve)
        stream.once('close', resolve)
      })
    },
    get width() {
      return stream.isTTY ? stream.columns : undefined
    },
    colour: wantsColour(process.env, stream.isTTY),
  }
}

/** https://no-color.org, and FORCE_COLOR as most tools understand it. */
function wantsColour(environment: NodeJS.ProcessEnv, terminal: boolean): boolean {
  const { NO_COLOR: never = '', FORCE_COLOR: always = '' } = environment
  if (never !== '') return false
  return always === '' ? terminal && environment['TERM'] !== 'dumb' : always !== '0'
}
