import type { CertificateAuthority, NodeCredentials } from '@piccolo/core/spi'
import { never } from '../kit/signals.js'
import type { NodeCredentialsSubject } from './credentials-subject.js'
import { issued } from './observe.js'

/** A token that pins this authority; whether its secret is any good is the master's business. */
export function tokenFor(authority: CertificateAuthority): string {
  return `pcl1.0123456789ab.${'5a'.repeat(20)}.${authority.publicKeyPin}`
}

/** Open, with a token, not joined. */
export async function newcomer({ credentials, authority }: NodeCredentialsSubject): Promise<NodeCredentials> {
  const subject = credentials(tokenFor(authority))
  await subject.open(never)
  return subject
}

/** Open and joined. */
export async function member(subject: NodeCredentialsSubject): Promise<NodeCredentials> {
  const node = await newcomer(subject)
  const { csr } = await node.enrolment(never)
  await node.accept(await issued(subject.authority, csr), never)
  return node
}
