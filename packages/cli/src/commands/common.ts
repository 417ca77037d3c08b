import { Option, type Command } from 'commander'
import type { PiccoloClient } from '@piccolo/client'
import { connectWith } from '../credential/connect.js'
import type { CliHost } from '../host.js'

/** The client that the command line asks for. */
export async function clientOf(host: CliHost, command: Command): Promise<PiccoloClient> {
  return await connectWith(host, credentialOption(command))
}

export function credentialOption(command: Command): string | undefined {
  return command.optsWithGlobals<{ readonly credential?: string }>().credential
}

export function outputOption(formats: readonly ('json' | 'yaml' | 'wide')[]): Option {
  return new Option('-o, --output <format>', 'for programs, or with more columns').choices([...formats])
}

/** For options that may be given several times. */
export function collect(value: string, before: readonly string[] = []): readonly string[] {
  return [...before, value]
}
