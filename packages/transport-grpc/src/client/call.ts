import type { PiccoloError } from '@piccolo/core/spi'
import type { Frame } from '../codec/frame.js'
import { fromStatus } from '../errors.js'
import type { Dial } from './attempt.js'

interface Method<Request, Reply> {
  readonly path: string
  readonly request: Frame<Request, unknown>
  readonly reply: Frame<never, Reply>
}

/** One request, one reply. */
export async function call<Request, Reply>(dial: Dial, { path, request, reply }: Method<Request, Reply>, message: Request): Promise<Reply> {
  const bytes = request.encode(message)
  const answer = await new Promise<Buffer>((resolve, reject: (error: PiccoloError) => void) => {
    dial.client.makeUnaryRequest(path, passBytes, passBytes, bytes, (error, response) => {
      const failure = error === null ? undefined : (dial.tlsFailure() ?? fromStatus(error, dial.address))
      if (failure !== undefined) reject(failure)
      else resolve(response ?? Buffer.alloc(0))
    })
  })
  dial.release()
  return reply.decode(answer)
}

/** Messages are encoded and decoded by our own frames, which know their bounds. */
export function passBytes(bytes: Buffer): Buffer {
  return bytes
}
