import { PiccoloError } from '@piccolo/core/spi'
import { directoryFiles } from '../files/directory-files.js'
import { keyFile, keyPem, nextKeyFile, readKey, type Passphrase } from './authority-key.js'

export interface ChangePassphraseOptions {
  /** The directory that {@link x509Auth} was given, or that of a root. */
  readonly directory: string
  /** Of the key as it is, if that is encrypted. */
  readonly current?: Passphrase
  /** Of the key as it shall be; absent: not encrypted. */
  readonly next?: Passphrase
}

/** Encrypts the authority's key, decrypts it, or encrypts it with another passphrase. The key stays the same, and a master that runs has read it already. */
export async function changePassphrase({ directory, current, next }: ChangePassphraseOptions, signal: AbortSignal): Promise<void> {
  const files = directoryFiles(directory)
  const keys = []
  // All are read before one is written: a wrong passphrase changes nothing.
  for (const file of [keyFile, nextKeyFile]) {
    const key = await readKey(files, file, current, signal)
    if (key !== undefined) keys.push({ file, pem: await keyPem(key, next) })
  }
  if (keys.length === 0) throw new PiccoloError('not-found', `There is no authority in ${files.place}. A master makes one on its first start; name its directory.`)
  for (const { file, pem } of keys) await files.replace(file, pem, signal)
}
