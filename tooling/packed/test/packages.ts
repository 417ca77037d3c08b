import { publicPackages } from '../../start/packages.mjs'
import { packAll } from '../pack.mjs'

export interface PublicPackage {
  readonly name: string
  readonly directory: string
  readonly entries: readonly { readonly path: string }[]
  readonly manifest: { readonly version: string; readonly exports: Readonly<Record<string, unknown>>; readonly dependencies?: Readonly<Record<string, string>> }
}

export interface Packed {
  readonly name: string
  readonly path: string
  readonly files: readonly string[]
}

/** As npm has checked them: what reads them is plain JavaScript. */
export const packages = publicPackages() as readonly PublicPackage[]

export async function pack(directory?: string): Promise<readonly Packed[]> {
  return (await packAll(directory))
}
