import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Option, type Command } from 'commander'
import { PiccoloError, type StateStoreAdapter } from '@piccolo/core/spi'
import type { EtcdCredentials, EtcdTls } from '@piccolo/store-etcd'
import { systemFailure } from '../files/system-error.js'

export interface MasterStoreOptions {
  readonly store: 'embedded' | 'etcd'
  readonly etcdEndpoints?: readonly string[]
  readonly etcdPrefix?: string
  readonly etcdCa?: string
  readonly etcdCert?: string
  readonly etcdKey?: string
  readonly etcdUser?: string
  readonly etcdPasswordFile?: string
}

/** Where a master keeps its state. */
export function addStoreOptions(command: Command): Command {
  return command
    .addOption(new Option('--store <store>', 'where the state lives: in its directory, or in etcd').choices(['embedded', 'etcd']).default('embedded'))
    .option('--etcd-endpoints <urls>', 'https://host:port of the members of etcd, with commas between', listed)
    .option('--etcd-prefix <prefix>', 'begins every key in etcd; default: piccolo/<cluster>/')
    .option('--etcd-ca <file>', 'authorities of etcd\'s certificates, PEM')
    .option('--etcd-cert <file>', 'certificate to show to etcd, PEM; read again when it changes, as are --etcd-ca and --etcd-key')
    .option('--etcd-key <file>', 'its key, PEM')
    .option('--etcd-user <name>', 'user of etcd, beside or instead of a certificate')
    .option('--etcd-password-file <file>', 'file with its password')
}

/** Refuses what does not go together or can't be read; opens nothing. */
export async function masterStore(options: MasterStoreOptions & { readonly cluster: string; readonly directory: string }): Promise<StateStoreAdapter> {
  const { store, cluster, directory, etcdEndpoints, etcdPrefix = `piccolo/${cluster}/` } = options
  if (store === 'embedded') {
    const stray = Object.keys(options).find((name) => name.startsWith('etcd'))
    if (stray !== undefined) throw unfit(`${optionOf(stray)} goes with --store etcd`)
    const { embeddedStore } = await import('@piccolo/store-embedded')
    return embeddedStore({ directory: join(directory, 'store') })
  }
  if (etcdEndpoints === undefined) throw unfit('--store etcd needs --etcd-endpoints, e.g. https://10.0.0.1:2379')
  const { etcdStore } = await import('@piccolo/store-etcd')
  const [tls, credentials] = [tlsOf(options), await credentialsOf(options)]
  await tls?.() // what can't be read now is told now
  return etcdStore({ endpoints: etcdEndpoints, prefix: etcdPrefix, ...(tls && { tls }), ...(credentials && { credentials }) })
}

function tlsOf({ etcdCa, etcdCert, etcdKey }: MasterStoreOptions): (() => Promise<EtcdTls>) | undefined {
  if ((etcdCert === undefined) !== (etcdKey === undefined)) throw unfit('--etcd-cert and --etcd-key go together')
  if (etcdCa === undefined && etcdCert === undefined) return undefined
  return async () => ({
    ...(etcdCa !== undefined && { authoritiesPem: await contentOf('--etcd-ca', etcdCa) }),
    ...(etcdCert !== undefined && etcdKey !== undefined && {
      identity: { certificateChainPem: await contentOf('--etcd-cert', etcdCert), privateKeyPem: await contentOf('--etcd-key', etcdKey) },
    }),
  })
}

async function credentialsOf({ etcdUser, etcdPasswordFile }: MasterStoreOptions): Promise<EtcdCredentials | undefined> {
  if ((etcdUser === undefined) !== (etcdPasswordFile === undefined)) throw unfit('--etcd-user and --etcd-password-file go together')
  if (etcdUser === undefined || etcdPasswordFile === undefined) return undefined
  return { user: etcdUser, password: (await contentOf('--etcd-password-file', etcdPasswordFile)).replace(/\r?\n$/, '') }
}

async function contentOf(option: string, path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8')
  } catch (error) {
    const { code, reason } = systemFailure(error)
    throw new PiccoloError(code, `${option}: cannot read ${path}: ${reason}`, { cause: error })
  }
}

function listed(value: string): readonly string[] {
  return value.split(',').map((each) => each.trim()).filter((each) => each !== '')
}

/** `--etcd-password-file` of `etcdPasswordFile`. */
function optionOf(name: string): string {
  return `--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`
}

function unfit(message: string): PiccoloError {
  return new PiccoloError('invalid-argument', `master: ${message}`)
}
