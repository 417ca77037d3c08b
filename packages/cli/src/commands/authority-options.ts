import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Command } from 'commander'
import { PiccoloError } from '@piccolo/core/spi'
import { defaultPlaces } from '../credential/places.js'
import { secretFile } from '../files/secret-file.js'
import { systemFailure } from '../files/system-error.js'
import type { CliHost } from '../host.js'
import { parseDuration } from '../text/duration.js'

export interface MasterDirectoryOptions {
  readonly directory: string
}

export interface PassphraseOptions {
  readonly caPassphraseFile?: string
}

/** Where a master keeps its authority and its list of people, inside its directory. */
export function authorityIn(directory: string): string {
  return join(directory, 'ca')
}

export function addDirectoryOption(command: Command, host: CliHost): Command {
  return command.option('--directory <dir>', "the master's directory, as given to `piccolo master`", defaultPlaces(host).master)
}

export function addPassphraseOption(command: Command): Command {
  return command.option('--ca-passphrase-file <file>', "a file with the passphrase of the authority's key, if that is encrypted")
}

export function passphraseOf({ caPassphraseFile }: PassphraseOptions): { readonly passphrase?: () => Promise<string> } {
  return caPassphraseFile === undefined ? {} : { passphrase: secretFile('--ca-passphrase-file', caPassphraseFile) }
}

/** As a duration, or 0 for none. */
export function parseOverlap(text: string): number {
  return text === '0' ? 0 : parseDuration('--overlap', text)
}

export async function contentOf(option: string, path: string): Promise<string> {
  return readFile(path, 'utf8').catch((error: unknown) => {
    throw new PiccoloError('invalid-argument', `${option}: cannot read ${path} (${systemFailure(error).reason})`, { cause: error })
  })
}

/** A day, as certificates are talked about. */
export function day(atMs: number): string {
  return new Date(atMs).toISOString().slice(0, 10)
}
