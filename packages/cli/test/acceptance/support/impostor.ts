import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createServer, type TLSSocket } from 'node:tls'
import { x509Auth } from '@piccolo/auth-x509'
import { systemClock, systemRandom } from '@piccolo/core/system'
import { silentLogger } from '@piccolo/testing'

/** Somebody in the middle with an authority of their own, who reads everything that is said under their TLS. */
export interface Impostor {
  readonly address: string
  /** How often it was called. */
  readonly calls: number
  /** What it was told, decrypted. */
  heard(): string
  close(): Promise<void>
}

export interface ImpostorOptions {
  /** The name it claims to be the master of. */
  readonly cluster: string
  /** 0: any. */
  readonly port?: number
  /** Certificates shown behind its own: the genuine authority's is no secret. */
  readonly shownPem?: string
}

export async function impostor({ cluster, port = 0, shownPem }: ImpostorOptions): Promise<Impostor> {
  const { certificateChainPem, privateKeyPem } = await falseIdentity(cluster)
  const sockets = new Set<TLSSocket>()
  const heard: Buffer[] = []
  let calls = 0
  const cert = shownPem === undefined ? certificateChainPem : `${leafOf(certificateChainPem)}\n${shownPem}`
  const server = createServer({ cert, key: privateKeyPem, ALPNProtocols: ['h2'], requestCert: true, rejectUnauthorized: false }, (socket) => {
    sockets.add(socket)
    socket.on('data', (bytes: Buffer) => heard.push(bytes))
    socket.on('error', () => undefined)
    socket.on('close', () => sockets.delete(socket))
  })
  server.on('connection', () => (calls += 1))
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, '127.0.0.1', resolve)
  })
  const listening = server.address()
  if (listening === null || typeof listening === 'string') throw new Error('The impostor listens on no TCP port.')
  return {
    address: `127.0.0.1:${String(listening.port)}`,
    get calls() {
      return calls
    },
    heard: () => Buffer.concat(heard).toString('latin1'),
    close: () => new Promise((resolve) => {
      server.close(() => { resolve() })
      for (const socket of sockets) socket.destroy()
    }),
  }
}

/** The genuine authority's certificate as the admin's credential shows it. */
export async function genuineAuthority(credentialPath: string): Promise<string> {
  return (JSON.parse(await readFile(credentialPath, 'utf8')) as { readonly caPem: string }).caPem // as the master writes it
}

async function falseIdentity(cluster: string) {
  const directory = await mkdtemp(join(tmpdir(), 'pi-'))
  const signal = AbortSignal.timeout(20_000)
  const authority = x509Auth({ directory }).authority({ clock: systemClock, random: systemRandom, logger: silentLogger })
  try {
    await authority.open({ cluster }, signal)
    const nowMs = Date.now()
    return await authority.issueServer({ cluster, names: ['localhost', '127.0.0.1'], notBeforeMs: nowMs - 60_000, notAfterMs: nowMs + 3_600_000 }, signal)
  } finally {
    await authority.close()
    await rm(directory, { recursive: true, force: true })
  }
}

function leafOf(chainPem: string): string {
  const end = '-----END CERTIFICATE-----'
  return `${chainPem.split(end)[0] ?? ''}${end}`
}
