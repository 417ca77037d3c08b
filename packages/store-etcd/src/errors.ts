import { GRPCUnauthenticatedError } from 'etcd3'
import { PiccoloError, type ErrorCode, type Revision } from '@piccolo/core/spi'

/** Who was asked, for messages. */
export interface Asked {
  readonly address: string
  readonly prefix: string
}

interface Answer {
  readonly says: RegExp
  readonly code: ErrorCode
  readonly message: (asked: Asked) => string
}

/** Said by our own side of gRPC. */
const tooHeavy = /Received message larger than max/

/** What etcd and gRPC say when asking again would not help, or would help only once a person did something. */
const answers: readonly Answer[] = [
  { says: /required revision has been compacted/, code: 'compacted', message: () => 'The history asked for is no longer kept; list again.' },
  { says: /required revision is a future revision/, code: 'invalid-argument', message: () => 'There is no such revision yet.' },
  {
    says: /database space exceeded/, code: 'resource-exhausted',
    message: ({ address }) => `etcd at ${address} has used up its space and takes no more writes. Compact and defragment it, then disarm its alarm (etcdctl compact, defrag, alarm disarm).`,
  },
  {
    says: /too many operations in txn|request is too large|grpc: received message larger than max/, code: 'too-large',
    message: ({ address }) => `etcd at ${address} takes less in one request than this store was told. Set \`limits\` to its --max-txn-ops and --max-request-bytes.`,
  },
  { says: tooHeavy, code: 'too-large', message: ({ address }) => `The answer of etcd at ${address} is heavier than one message may be.` },
  { says: /too many requests/, code: 'resource-exhausted', message: ({ address }) => `etcd at ${address} has too much to do. Try again later.` },
  {
    says: /permission denied/, code: 'permission-denied',
    message: ({ address, prefix }) => `etcd at ${address} does not let this user in. Grant it a role: etcdctl role grant-permission ROLE --prefix=true readwrite ${prefix}`,
  },
  { says: /invalid user ID or password/, code: 'unauthenticated', message: ({ address }) => `etcd at ${address} does not know this user and password. Check \`credentials\`.` },
  { says: /user name is empty/, code: 'unauthenticated', message: ({ address }) => `etcd at ${address} asks who is there. Give \`credentials\`, or a certificate whose common name is a user.` },
  {
    says: /authentication is not enabled/, code: 'failed-precondition',
    message: ({ address }) => `etcd at ${address} knows no users, though this store was given one. Turn its authentication on, or leave \`credentials\` out.`,
  },
  { says: /unknown (service|method)/, code: 'unsupported', message: ({ address }) => `What answers at ${address} is no etcd of version 3.4 or later.` },
  { says: /corrupt cluster/, code: 'corrupt', message: ({ address }) => `etcd at ${address} says that its data is damaged. Restore the member from a backup or from the others.` },
]

/** The one place that knows what etcd, etcd3 and gRPC call their failures. What is not known came of a connection or a member that went away. */
export function translated(error: unknown, asked: Asked): PiccoloError {
  if (PiccoloError.is(error)) return error
  const text = error instanceof Error ? error.message : String(error)
  const options = { cause: error, details: { address: asked.address } }
  const answer = answers.find(({ says }) => says.test(text))
  if (answer !== undefined) return new PiccoloError(answer.code, answer.message(asked), options)
  return new PiccoloError('unavailable', `etcd at ${asked.address} can't be reached: ${reasonIn(text)}.${remedyFor(text)}`, options)
}

/** Of `status`: a token that etcd does not know, any more. The call was refused before it did anything. */
export function refusesToken(details: string): boolean {
  return /invalid auth token|revision of auth store is old/.test(details)
}

/** How the call interceptor words it. etcd3 would answer etcd's own words with the same call again, without end. */
export const tokenRefused = 'the token was refused'

export function isTokenRefused(error: unknown): boolean {
  return error instanceof GRPCUnauthenticatedError && error.message.includes(tokenRefused)
}

/** An answer heavier than one message may be. */
export function isTooHeavy(error: unknown): boolean {
  return PiccoloError.is(error, 'too-large') && error.cause instanceof Error && tooHeavy.test(error.cause.message)
}

/** `details` of a watch that etcd ended, in its own words. */
export function watchCancelled(reason: string, asked: Asked): PiccoloError {
  return translated(new Error(reason === '' ? 'it ended the watch' : reason), asked)
}

export function compacted(revision: Revision): PiccoloError {
  return new PiccoloError('compacted', `The history from revision ${revision} on is no longer kept; list again.`, { details: { revision: String(revision) } })
}

export function tooLate(addresses: readonly string[], deadlineMs: number): PiccoloError {
  return new PiccoloError('unavailable', `etcd at ${addresses.join(', ')} gave no answer within ${deadlineMs} ms; is it running, reachable and not overloaded?`, {
    details: { addresses },
  })
}

/** gRPC wraps the reason: "14 UNAVAILABLE: No connection established. Last error: Error: connect ECONNREFUSED …. Resolution note: ". */
function reasonIn(text: string): string {
  const wrapped = /Last error: (?:Error: )?(.*?)\.? Resolution note/s.exec(text)
  return (wrapped?.[1] ?? text.replace(/^\d+ [A-Z_]+: /, '')).replace(/ \(\d{4}-[^)]*\)/, '').replace(/\.$/, '')
}

function remedyFor(text: string): string {
  if (/certificate|altnames|alert/i.test(text)) return ' Check `tls`: the authorities, the names in the certificate of etcd, our own certificate and its dates.'
  if (/wrong version number|socket hang up/i.test(text)) return ' Does one side speak TLS and the other not?'
  return ''
}
