import { open } from 'node:fs/promises'
import { PiccoloError } from '@piccolo/core/spi'
import { imageArchive, type ImageFile } from './image-archive.js'

/** What a demo or a test needs of a system. */
const applets = ['cat', 'date', 'dd', 'echo', 'env', 'false', 'head', 'hostname', 'httpd', 'id', 'ip', 'kill', 'ls', 'mkdir', 'nc', 'ps',
  'rm', 'sh', 'sleep', 'stat', 'tail', 'test', 'touch', 'true', 'wc', 'wget'] as const

export interface BusyboxImageOptions {
  /** Full name with tag, e.g. `localhost/piccolo/busybox:1`. */
  readonly name: string
  /** Where the archive goes. */
  readonly destination: string
  /** A statically linked busybox; default `/bin/busybox`. */
  readonly busybox?: string
  /** Further files, e.g. a page for httpd. */
  readonly files?: readonly ImageFile[]
  readonly command?: readonly string[]
}

/** An image of busybox alone, made from this machine's: enough for a demo, and no registry is asked. */
export async function busyboxImage(options: BusyboxImageOptions): Promise<{ readonly path: string; readonly name: string }> {
  const { name, destination, busybox = '/bin/busybox', files = [], command = ['sh'] } = options
  await requireStatic(busybox)
  return imageArchive({
    name, destination, command,
    files: [
      { path: '/bin/busybox', source: busybox, mode: 0o755 },
      ...applets.map((applet) => ({ path: `/bin/${applet}`, link: 'busybox' })),
      { path: '/etc/passwd', content: 'root:x:0:0:root:/:/bin/sh\nnobody:x:65534:65534:nobody:/:/bin/sh\n' },
      { path: '/etc/group', content: 'root:x:0:\nnogroup:x:65534:\n' },
      ...files,
    ],
    directories: ['/tmp'],
    env: { PATH: '/bin' },
  })
}

/** A program that asks for an interpreter (ELF's PT_INTERP) asks for libraries that the image does not have. */
async function requireStatic(path: string): Promise<void> {
  const advice = 'Install a static one (Debian: apt-get install busybox-static), or name it as `busybox`.'
  const file = await open(path, 'r').catch((error: unknown) => {
    throw new PiccoloError('failed-precondition', `There is no ${path}. ${advice}`, { cause: error })
  })
  try {
    const head = Buffer.alloc(4_096)
    const { bytesRead } = await file.read(head, 0, head.length, 0)
    if (isStaticElf(head.subarray(0, bytesRead))) return
  } finally {
    await file.close()
  }
  throw new PiccoloError('failed-precondition', `${path} is not a statically linked program. ${advice}`)
}

/** Reads the program headers that follow an ELF header (System V ABI, chapter 4 and 5). */
export function isStaticElf(head: Buffer): boolean {
  if (head.length < 64 || head.toString('latin1', 0, 4) !== '\x7fELF' || head[5] !== 1) return false
  const wide = head[4] === 2
  const offset = wide ? Number(head.readBigUInt64LE(32)) : head.readUInt32LE(28)
  const size = head.readUInt16LE(wide ? 54 : 42)
  const count = head.readUInt16LE(wide ? 56 : 44)
  const interpreter = 3
  for (let at = offset; at < offset + size * count; at += size) {
    if (at + 4 > head.length || head.readUInt32LE(at) === interpreter) return false
  }
  return true
}
