import { createHash } from 'node:crypto'
import { open, rm, stat, type FileHandle } from 'node:fs/promises'
import { createReadStream } from 'node:fs'
import { PiccoloError } from '@piccolo/core/spi'
import { translateFile } from '../errors.js'
import { tarBlockBytes, tarEnd, tarHeader, tarPadding, type TarEntry } from './tar.js'

/** A file of an image: taken from the disk, given as text or bytes, or a symbolic link. */
export type ImageFile =
  | { readonly path: string; readonly source: string; readonly mode?: number }
  | { readonly path: string; readonly content: string | Uint8Array; readonly mode?: number }
  | { readonly path: string; readonly link: string }

export interface ImageArchiveOptions {
  /** Full name with tag, e.g. `localhost/demo/web:1`. */
  readonly name: string
  /** Where the archive goes; overwritten if it is there. */
  readonly destination: string
  /** Paths are absolute within the image; the directories to them are made. */
  readonly files: readonly ImageFile[]
  /** Directories that are to be there though empty, e.g. `/tmp`; made with mode 1777. */
  readonly directories?: readonly string[]
  readonly env?: Readonly<Record<string, string>>
  readonly entrypoint?: readonly string[]
  readonly command?: readonly string[]
  readonly workingDir?: string
  /** In Go's words, e.g. `amd64`; default: this machine's. */
  readonly architecture?: string
}

/**
 * Writes a container image as a docker archive, which Podman and Docker load, without either and without a registry. The same
 * files make the same image, byte for byte. Throws `invalid-argument` for a bad name or path, `not-found` for a missing source.
 */
export async function imageArchive(options: ImageArchiveOptions): Promise<{ readonly path: string; readonly name: string }> {
  const { name, destination } = options
  if (!/^[a-z0-9][a-z0-9._:/-]*:[A-Za-z0-9_][A-Za-z0-9_.-]*$/.test(name)) {
    throw new PiccoloError('invalid-argument', `"${name}" is no image name with a tag, such as localhost/demo/web:1.`)
  }
  const doing = `Writing the image ${name} to ${destination}`
  const parts = await layerParts(options)
  const file = await open(destination, 'w').catch((error: unknown) => { throw translateFile(doing, error) })
  try {
    const digest = await writeLayer(file, parts)
    const config = JSON.stringify(imageConfig(options, digest))
    const configName = `${createHash('sha256').update(config).digest('hex')}.json`
    await writeFile(file, configName, config)
    await writeFile(file, 'manifest.json', JSON.stringify([{ Config: configName, RepoTags: [name], Layers: [layerName] }]))
    await file.write(tarEnd())
  } catch (error) {
    await rm(destination, { force: true })
    throw PiccoloError.is(error) ? error : translateFile(doing, error)
  } finally {
    await file.close()
  }
  return { path: destination, name }
}

const layerName = 'layer.tar'

/** A piece of the layer: a header, and where the bytes that follow it come from. */
interface LayerPart {
  readonly entry: TarEntry
  readonly source?: string
  readonly content?: Uint8Array
}

async function layerParts({ files, directories = [] }: ImageArchiveOptions): Promise<readonly LayerPart[]> {
  const made = new Set<string>()
  const parts: LayerPart[] = []
  const directory = (path: string, mode: number): void => {
    if (path === '' || made.has(path)) return
    directory(parentOf(path), 0o755)
    made.add(path)
    parts.push({ entry: { kind: 'directory', path, mode } })
  }
  for (const path of directories) directory(relative(path), 0o1777)
  for (const file of files) {
    const path = relative(file.path)
    directory(parentOf(path), 0o755)
    parts.push(await filePart(path, file))
  }
  return parts
}

async function filePart(path: string, file: ImageFile): Promise<LayerPart> {
  if ('link' in file) return { entry: { kind: 'link', path, target: file.link } }
  if ('content' in file) {
    const content = typeof file.content === 'string' ? Buffer.from(file.content) : file.content
    return { entry: { kind: 'file', path, mode: file.mode ?? 0o644, sizeBytes: content.byteLength }, content }
  }
  const facts = await stat(file.source).catch((error: unknown) => { throw translateFile(`Reading ${file.source} for an image`, error) })
  return { entry: { kind: 'file', path, mode: file.mode ?? facts.mode & 0o777, sizeBytes: facts.size }, source: file.source }
}

/** Streams the layer into the archive; answers its digest, which the image's configuration names. */
async function writeLayer(file: FileHandle, parts: readonly LayerPart[]): Promise<string> {
  const sizes = parts.map(({ entry }) => (entry.kind === 'file' ? entry.sizeBytes : 0))
  const sizeBytes = sizes.reduce((sum, size) => sum + tarBlockBytes + size + tarPadding(size).length, tarEnd().length)
  await file.write(tarHeader({ kind: 'file', path: layerName, mode: 0o644, sizeBytes }))
  const hash = createHash('sha256')
  const write = async (bytes: Uint8Array): Promise<void> => {
    hash.update(bytes)
    await file.write(bytes)
  }
  for (const { entry, source, content } of parts) {
    await write(tarHeader(entry))
    if (entry.kind !== 'file') continue
    let written = 0
    if (content !== undefined) await write(content)
    else if (source !== undefined) {
      for await (const chunk of createReadStream(source) as AsyncIterable<Buffer>) {
        written += chunk.length
        await write(chunk)
      }
      if (written !== entry.sizeBytes) throw new PiccoloError('unavailable', `${source} changed while it was read: write the image again.`)
    }
    await write(tarPadding(entry.sizeBytes))
  }
  await write(tarEnd())
  return hash.digest('hex')
}

async function writeFile(file: FileHandle, path: string, text: string): Promise<void> {
  const content = Buffer.from(text)
  await file.write(tarHeader({ kind: 'file', path, mode: 0o644, sizeBytes: content.length }))
  await file.write(content)
  await file.write(tarPadding(content.length))
}

function imageConfig({ env = {}, entrypoint, command, workingDir, architecture }: ImageArchiveOptions, layerDigest: string): object {
  const goNames: Readonly<Record<string, string>> = { x64: 'amd64', ia32: '386' }
  return {
    architecture: architecture ?? goNames[process.arch] ?? process.arch,
    os: 'linux',
    created: '1970-01-01T00:00:00Z',
    config: { Env: Object.entries(env).map(([key, value]) => `${key}=${value}`), Entrypoint: entrypoint, Cmd: command, WorkingDir: workingDir ?? '/' },
    rootfs: { type: 'layers', diff_ids: [`sha256:${layerDigest}`] },
    history: [{ created: '1970-01-01T00:00:00Z', created_by: 'piccolo' }],
  }
}

function relative(path: string): string {
  const parts = path.split('/').filter((part) => part !== '')
  if (!path.startsWith('/') || parts.length === 0 || parts.includes('..') || parts.includes('.')) {
    throw new PiccoloError('invalid-argument', `"${path}" is no absolute path within an image, such as /bin/web.`)
  }
  return parts.join('/')
}

function parentOf(path: string): string {
  const at = path.lastIndexOf('/')
  return at === -1 ? '' : path.slice(0, at)
}
