import { PiccoloError } from '@piccolo/core/spi'

export const tarBlockBytes = 512

export type TarEntry =
  | { readonly kind: 'file'; readonly path: string; readonly mode: number; readonly sizeBytes: number }
  | { readonly kind: 'directory'; readonly path: string; readonly mode: number }
  | { readonly kind: 'link'; readonly path: string; readonly target: string }

/** The header of an entry in the ustar format (POSIX.1-1988); owner root, time 0, so that equal files make equal archives. */
export function tarHeader(entry: TarEntry): Buffer {
  const header = Buffer.alloc(tarBlockBytes)
  const { prefix, name } = splitPath(entry.kind === 'directory' ? `${entry.path}/` : entry.path)
  header.write(name, 0, 'utf8')
  header.write(octal(entry.kind === 'link' ? 0o777 : entry.mode, 7), 100)
  header.write(octal(0, 7), 108)
  header.write(octal(0, 7), 116)
  header.write(octal(entry.kind === 'file' ? entry.sizeBytes : 0, 11), 124)
  header.write(octal(0, 11), 136)
  header.write(' '.repeat(8), 148)
  header.write(typeFlags[entry.kind], 156)
  if (entry.kind === 'link') header.write(fitting(entry.target, 100), 157, 'utf8')
  header.write('ustar\0' + '00', 257, 'latin1')
  header.write(prefix, 345, 'utf8')
  header.write(`${octal(header.reduce((sum, byte) => sum + byte, 0), 6)}\0 `, 148, 'latin1')
  return header
}

/** What fills an entry's last block. */
export function tarPadding(sizeBytes: number): Buffer {
  return Buffer.alloc((tarBlockBytes - (sizeBytes % tarBlockBytes)) % tarBlockBytes)
}

/** The two empty blocks at the end. */
export function tarEnd(): Buffer {
  return Buffer.alloc(2 * tarBlockBytes)
}

const typeFlags = { file: '0', link: '2', directory: '5' } as const

function octal(value: number, digits: number): string {
  const text = value.toString(8)
  if (text.length > digits) throw new PiccoloError('invalid-argument', `${value} bytes are too many for a file in a tar archive.`)
  return text.padStart(digits, '0')
}

function splitPath(path: string): { readonly prefix: string; readonly name: string } {
  if (Buffer.byteLength(path) <= 100) return { prefix: '', name: path }
  for (let at = path.indexOf('/'); at !== -1; at = path.indexOf('/', at + 1)) {
    const name = path.slice(at + 1)
    if (name !== '' && Buffer.byteLength(name) <= 100) return { prefix: fitting(path.slice(0, at), 155), name }
  }
  return { prefix: '', name: fitting(path, 100) }
}

function fitting(text: string, bytes: number): string {
  if (Buffer.byteLength(text) > bytes) throw new PiccoloError('invalid-argument', `The path ${text} is too long for a tar archive: shorten it.`)
  return text
}
