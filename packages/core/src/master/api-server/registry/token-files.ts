import { parseJoinToken } from '../../../protocol/join-token.js'
import { PiccoloError } from '../../../errors/index.js'
import type { NodeListEntry } from '../../../model/index.js'
import type { CertificateAuthority, Disk } from '../../../spi/index.js'
import type { MasterContext } from '../../context.js'
import { tables } from '../../tables.js'
import { createToken } from './tokens.js'

const lifeMs = 24 * 3_600_000

/** node.yaml names the file, never the token: the master fills it for each listed node that has yet to join, for a person to carry to the board. */
export async function fillTokenFiles(context: MasterContext, entries: readonly { readonly id: string; readonly entry: NodeListEntry }[], { disk, authority, signal }: { readonly disk: Disk; readonly authority: CertificateAuthority; readonly signal: AbortSignal }): Promise<void> {
  for (const { id, entry } of entries) {
    const file = entry.credentials?.tokenFile
    if (file === undefined) continue
    const node = await tables.nodes.get(context.store, id, { signal })
    if (node === undefined || node.value.keys.length > 0 || (await holdsGoodToken(context, await disk.read(file, signal), signal))) continue
    const caller = { principal: { kind: 'person' as const, name: 'node.yaml', role: 'admin' as const }, source: file }
    const { token } = await createToken(context, { authority, caller, nodeId: id, validForMs: lifeMs, signal })
    try {
      await disk.replace(file, new TextEncoder().encode(`${token}\n`), signal, { mode: 0o600 })
    } catch (error) {
      // Not to be tried again by itself: each attempt would make one more token.
      throw new PiccoloError('failed-precondition', `The join token of node "${id}" could not be written. ${PiccoloError.from(error).message}`, { cause: error })
    }
  }
}

async function holdsGoodToken({ store, clock }: MasterContext, bytes: Uint8Array | undefined, signal: AbortSignal): Promise<boolean> {
  if (bytes === undefined) return false
  try {
    const { id } = parseJoinToken(new TextDecoder().decode(bytes))
    const token = (await tables.tokens.get(store, id, { signal }))?.value
    return token !== undefined && token.used === undefined && token.revoked === undefined && token.expiresAtMs > clock.wallMs()
  } catch (error) {
    if (PiccoloError.is(error, 'invalid-argument')) return false
    throw error
  }
}
