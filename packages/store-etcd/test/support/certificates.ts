import { generateKeyPairSync } from 'node:crypto'
import { mkdtemp, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { x509Auth } from '@piccolo/auth-x509'
import { createCsr } from '@piccolo/auth-x509/agent'
import type { CertificateAuthority, TlsIdentity } from '@piccolo/core/spi'
import type { EtcdTls, LocalEtcdTls } from '@piccolo/store-etcd'
import { context, never } from './stores.js'

const cluster = 'etcd'
const hourMs = 3_600_000

/** An authority that lives as long as the test, its files in a directory of the test's. */
export interface Certificates {
  /** What etcd is started with. */
  readonly server: LocalEtcdTls
  /** What etcdctl needs to get in. */
  readonly ctl: readonly string[]
  /** For a store that shows a certificate of this name, new each time. */
  client(name: string): Promise<EtcdTls>
}

export async function certificates(below: string): Promise<Certificates> {
  const directory = await mkdtemp(join(below, 'tls-'))
  const authority = x509Auth({ directory: join(directory, 'ca') }).authority(context)
  await authority.open({ cluster }, never)
  const authoritiesPem = authority.authoritiesPem.join('')
  const file = async (name: string, text: string): Promise<string> => {
    const path = join(directory, name)
    await writeFile(path, text, { mode: 0o600 })
    return path
  }
  const written = async (name: string, { certificateChainPem, privateKeyPem }: TlsIdentity) => ({
    authorityFile: await file('authority.pem', authoritiesPem),
    certificateFile: await file(`${name}.pem`, certificateChainPem),
    privateKeyFile: await file(`${name}.key`, privateKeyPem),
  })
  const server = await written('server', await authority.issueServer({ cluster, names: ['127.0.0.1'], ...validity() }, never))
  const root = await written('root', await clientOf(authority, 'root'))
  return {
    server,
    ctl: [`--cacert=${root.authorityFile}`, `--cert=${root.certificateFile}`, `--key=${root.privateKeyFile}`],
    client: async (name) => ({ authoritiesPem, identity: await clientOf(authority, name) }),
  }
}

async function clientOf(authority: CertificateAuthority, nodeId: string): Promise<TlsIdentity> {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const { certificateChainPem } = await authority.issueNode({ cluster, nodeId, csr: createCsr(privateKey), ...validity() }, never)
  return { certificateChainPem, privateKeyPem: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString() }
}

function validity(): { readonly notBeforeMs: number; readonly notAfterMs: number } {
  return { notBeforeMs: Date.now() - hourMs, notAfterMs: Date.now() + hourMs }
}
