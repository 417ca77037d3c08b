import { createPrivateKey, generateKeyPairSync, type KeyObject, type X509Certificate } from 'node:crypto'
import { PiccoloError } from '@piccolo/core/spi'
import type { PrivateFiles, SharedFiles } from '../files/private-files.js'
import { damagedAuthority } from './damaged-authority.js'

export const keyFile = 'ca-key.pem'
/** The key that a roll, or a request to the owner of the root, has made. It signs nothing until `ca.pem` is about it. */
export const nextKeyFile = 'ca-next-key.pem'

/** Tells the passphrase of the authority's key whenever the key is read. */
export type Passphrase = () => string | Promise<string>

/** The key that the certificate is about; undefined if it is neither the one in force nor the next one, which is then put in force. */
export async function keyFor(certificate: X509Certificate, files: SharedFiles, passphrase: Passphrase | undefined, signal: AbortSignal): Promise<KeyObject | undefined> {
  const key = await readKey(files, keyFile, passphrase, signal)
  if (key !== undefined && certificate.checkPrivateKey(key)) return key
  const next = await readKey(files, nextKeyFile, passphrase, signal)
  if (next === undefined || !certificate.checkPrivateKey(next)) return undefined
  await files.rename(nextKeyFile, keyFile, signal)
  return next
}

export async function readKey(files: PrivateFiles, file: string, passphrase: Passphrase | undefined, signal: AbortSignal): Promise<KeyObject | undefined> {
  const pem = await files.readSecret(file, signal)
  return pem === undefined ? undefined : parseKey(pem, { file, place: files.place, passphrase })
}

/** The next key: the one that a crashed roll or an earlier request has made, else a new one. Two at once get the same. */
export async function nextKey(files: SharedFiles, passphrase: Passphrase | undefined, signal: AbortSignal): Promise<KeyObject> {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  if (await files.create(nextKeyFile, await keyPem(privateKey, passphrase), signal)) return privateKey
  const kept = await readKey(files, nextKeyFile, passphrase, signal)
  if (kept === undefined) throw new PiccoloError('conflict', `Somebody else is changing the authority in ${files.place}. Look at it with \`piccolo ca show\`, and try again.`)
  return kept
}

/** PKCS#8, encrypted (AES-256) if there is a passphrase. */
export async function keyPem(key: KeyObject, passphrase: Passphrase | undefined): Promise<string> {
  const plain = { type: 'pkcs8', format: 'pem' } as const
  const options = passphrase === undefined ? plain : { ...plain, cipher: 'aes-256-cbc', passphrase: await textOf(passphrase) }
  return key.export(options).toString()
}

export function isEncrypted(pem: string): boolean {
  return pem.includes('-----BEGIN ENCRYPTED PRIVATE KEY-----')
}

interface KeyPlace {
  readonly file: string
  readonly place: string
  readonly passphrase: Passphrase | undefined
}

async function parseKey(pem: string, { file, place, passphrase }: KeyPlace): Promise<KeyObject> {
  if (isEncrypted(pem)) return requireP256(await decrypt(pem, { file, place, passphrase }), file, place)
  try {
    return requireP256(createPrivateKey(pem), file, place)
  } catch (error) {
    throw PiccoloError.is(error) ? error : damagedAuthority(place, `${file} is no P-256 key in PEM`, error)
  }
}

async function decrypt(pem: string, { file, place, passphrase }: KeyPlace): Promise<KeyObject> {
  if (passphrase === undefined) throw new PiccoloError('failed-precondition', `The authority's key ${file} in ${place} is encrypted, and no passphrase was given: name the file that holds it (\`piccolo master --ca-passphrase-file\`).`)
  const text = await textOf(passphrase)
  try {
    return createPrivateKey({ key: pem, passphrase: text })
  } catch {
    // The cause is left out: it says no more, and nothing that came near a passphrase goes into a log.
    throw new PiccoloError('invalid-argument', `The passphrase does not open the authority's key ${file} in ${place}. Give the one that it was encrypted with; if you are sure that you did, the file is damaged: restore it from a backup.`, { details: { file } })
  }
}

/** A line end after it belongs to the editor that wrote the file. */
async function textOf(passphrase: Passphrase): Promise<string> {
  const text = (await passphrase()).replace(/\r?\n$/, '')
  if (text === '') throw new PiccoloError('invalid-argument', "The passphrase for the authority's key is empty: with that, the key would lie open.")
  return text
}

function requireP256(key: KeyObject, file: string, place: string): KeyObject {
  if (key.asymmetricKeyDetails?.namedCurve === 'prime256v1') return key
  throw damagedAuthority(place, `${file} is no P-256 key in PEM`)
}
