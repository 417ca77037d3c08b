import { createReadStream } from 'node:fs'
import { access } from 'node:fs/promises'
import { PiccoloError, throwIfAborted, type ImagesFacet } from '@piccolo/core/spi'
import type { PodmanApi } from '../engine/podman-api.js'
import { translateFailure, translateFile } from '../errors.js'
import { asArray, asObject, asText, parseJson } from '../json.js'

/** Images of the engine; they have no scope. */
export function images(api: PodmanApi, { imageDeadlineMs }: { readonly imageDeadlineMs: number }): ImagesFacet {
  return {
    async has(image, signal) {
      const path = `/images/${encodeURIComponent(image)}/exists`
      const { status } = await api.call({ method: 'GET', path, doing: `Looking for image ${image}`, expect: [404], signal })
      return status !== 404
    },

    async pull(image, signal) {
      const doing = `Pulling image ${image}`
      const call = { method: 'POST', path: '/images/pull', query: { reference: image, quiet: true }, doing, deadlineMs: imageDeadlineMs, signal } as const
      // A failed pull is answered with status 200 and says so in the stream.
      const said: string[] = []
      for await (const line of textLines(api.stream(call))) {
        const error = asText(asObject(parseJson(line))['error'])
        if (error !== undefined) said.push(error)
      }
      if (said.length > 0) throw translateFailure({ doing, text: said.slice(-3).join('; ') })
    },

    async load(archivePath, signal) {
      throwIfAborted(signal)
      const doing = `Loading images from ${archivePath}`
      await access(archivePath).catch((error: unknown) => { throw translateFile(doing, error) })
      const { body } = await api.call({
        method: 'POST', path: '/images/load', body: createReadStream(archivePath), doing, deadlineMs: imageDeadlineMs, signal,
      })
      const names = asArray(asObject(body)['Names']).flatMap((name) => asText(name) ?? [])
      if (names.length === 0) throw new PiccoloError('invalid-argument', `${doing} failed: there is no named image in it. Save it with a name and a tag.`)
      return names
    },
  }
}

async function* textLines(chunks: AsyncIterable<Buffer>): AsyncGenerator<string, void> {
  let held = ''
  for await (const chunk of chunks) {
    const lines = (held + chunk.toString('utf8')).split('\n')
    held = lines.pop() ?? ''
    yield* lines
  }
  if (held !== '') yield held
}
