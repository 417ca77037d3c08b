import type { CertificateAuthority } from '@piccolo/core/spi'
import { abortCases } from '../kit/abort-cases.js'
import { refuses } from '../kit/refuses.js'
import { never } from '../kit/signals.js'
import type { ConformanceCase } from '../suite.js'
import type { CertificateAuthoritySubject } from './authority-subject.js'
import { cluster, nodeId, validity } from './observe.js'

interface AbortScene {
  readonly authority: CertificateAuthority
  readonly csr: Uint8Array
}

const opening = abortCases<AbortScene, CertificateAuthoritySubject>({
  prefix: 'authority',
  enter: ({ authority, csr }, run) => run({ authority: authority(), csr: csr() }),
  rows: [{
    method: 'open',
    call: ({ authority }, signal) => authority.open({ cluster }, signal),
    untouched: async ({ authority }) => { await refuses('failed-precondition', () => authority.publicKeyPin) },
  }],
})

const issuing = abortCases<AbortScene, CertificateAuthoritySubject>({
  prefix: 'authority',
  enter: async ({ authority, csr }, run) => {
    const opened = authority()
    await opened.open({ cluster }, never)
    await run({ authority: opened, csr: csr() })
  },
  rows: [
    { method: 'issue-node', call: ({ authority, csr }, signal) => authority.issueNode({ cluster, nodeId, csr, ...validity }, signal) },
    { method: 'issue-server', call: ({ authority }, signal) => authority.issueServer({ cluster, names: [], ...validity }, signal) },
  ],
})

/** What aborting does, method by method. */
export const authorityAbortCases: readonly ConformanceCase<CertificateAuthoritySubject>[] = [...opening, ...issuing]
