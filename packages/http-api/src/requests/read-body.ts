import { PiccoloError } from '@piccolo/core/spi'

/** The whole body as text. Refuses what is larger than `maxBytes` as soon as that shows, and what is not UTF-8. */
export async function readBody(request: Request, maxBytes: number): Promise<string> {
  if (Number(request.headers.get('content-length') ?? 0) > maxBytes) throw tooLarge(maxBytes)
  const chunks: Uint8Array[] = []
  let length = 0
  const reader = request.body?.getReader()
  for (let part = await reader?.read(); part?.done === false; part = await reader?.read()) {
    const chunk = part.value as Uint8Array // a request's body yields bytes only
    length += chunk.length
    if (length > maxBytes) throw tooLarge(maxBytes)
    chunks.push(chunk)
  }
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(Buffer.concat(chunks))
  } catch (error) {
    throw new PiccoloError('invalid-argument', 'The body is not valid UTF-8. Save the file as UTF-8 and send it again.', { cause: error })
  }
}

function tooLarge(maxBytes: number): PiccoloError {
  return new PiccoloError('too-large', `The body is larger than ${String(maxBytes)} bytes. Send fewer or smaller files at a time.`, { details: { maxBytes } })
}
