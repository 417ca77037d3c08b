import assert from 'node:assert/strict'
import type { NodeCredentials } from '@piccolo/core/spi'
import { abortCases } from '../kit/abort-cases.js'
import { refuses } from '../kit/refuses.js'
import { never } from '../kit/signals.js'
import type { ConformanceCase } from '../suite.js'
import type { NodeCredentialsSubject } from './credentials-subject.js'
import { newcomer, tokenFor } from './join.js'
import { issued, type Issued } from './observe.js'

interface AbortScene {
  readonly node: NodeCredentials
  readonly answer: Issued
}

const opening = abortCases<NodeCredentials, NodeCredentialsSubject>({
  prefix: 'credentials',
  enter: ({ credentials, authority }, run) => run(credentials(tokenFor(authority))),
  rows: [{
    method: 'open',
    call: (node, signal) => node.open(signal),
    untouched: async (node) => { await refuses('failed-precondition', () => node.renewal(never)) },
  }],
})

const joining = abortCases<AbortScene, NodeCredentialsSubject>({
  prefix: 'credentials',
  enter: async (subject, run) => {
    const node = await newcomer(subject)
    const { csr } = await node.enrolment(never)
    await run({ node, answer: await issued(subject.authority, csr) })
  },
  rows: [
    { method: 'enrolment', call: ({ node }, signal) => node.enrolment(signal) },
    { method: 'renewal', call: ({ node }, signal) => node.renewal(signal) },
    {
      method: 'accept',
      call: ({ node, answer }, signal) => node.accept(answer, signal),
      untouched: async ({ node }) => { assert.equal(node.enrolled, undefined) },
    },
  ],
})

const acceptMidway: ConformanceCase<NodeCredentialsSubject> = {
  id: 'credentials/accept-abort-midway',
  title: 'an accept aborted on its way kept the identity, over a restart too, or kept none and can be made again',
  async run(subject) {
    const node = await newcomer(subject)
    const { csr } = await node.enrolment(never)
    const answer = await issued(subject.authority, csr)
    const controller = new AbortController()
    const accepting = node.accept(answer, controller.signal).then(() => true, () => false)
    controller.abort()
    const accepted = await accepting
    assert.equal(node.enrolled !== undefined, accepted)
    if (!accepted) await node.accept(answer, never)
    await node.close()
    const after = subject.credentials()
    await after.open(never)
    assert.equal(after.enrolled?.nodeId, answer.nodeId)
  },
}

/** What aborting does, method by method. */
export const credentialsAbortCases: readonly ConformanceCase<NodeCredentialsSubject>[] = [...opening, ...joining, acceptMidway]
