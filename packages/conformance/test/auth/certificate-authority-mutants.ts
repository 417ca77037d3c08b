import { certificateAuthoritySuite, type CertificateAuthoritySubject } from '@piccolo/conformance'
import { PiccoloError, type CertificateAuthority, type TlsIdentity } from '@piccolo/core/spi'
import { memoryAuth } from '@piccolo/testing'
import { abortMutants, changed, context, never, subjectOf, type Alter, type Mutant } from '../mutants/mutant.js'
import type { Walk } from '../mutants/walk.js'
import { csr, openedAuthority, rolling } from './material.js'

const dayMs = 24 * 3_600_000
/** What a mutant may remember from one instance to the next. */
interface Kept {
  identity?: TlsIdentity
  pin?: string
  instances?: number
  seen?: readonly string[]
  first?: string
}
type Change = (real: CertificateAuthority, kept: Kept) => Partial<CertificateAuthority>

function bed(change: Change): CertificateAuthoritySubject {
  const [own, strange] = [memoryAuth(), memoryAuth()]
  const kept: Kept = {}
  const over = (auth: typeof own) => () => {
    const real = auth.authority(context())
    return changed(real, change(real, kept))
  }
  return { authority: over(own), stranger: over(strange), csr, roll: rolling(own) }
}

const broken = (killedBy: string, name: string, change: Change): Mutant<CertificateAuthoritySubject> => ({ killedBy, name, provide: subjectOf(() => bed(change)) })
const method = (name: keyof CertificateAuthority) => (alter: Alter) => subjectOf(() => bed((real) => alter(real, name)))

const blocksOf = (pem: string): readonly string[] => pem.split(/(?<=-----END CERTIFICATE-----\n)/)

export const certificateAuthorityWalk: Walk<CertificateAuthoritySubject> = {
  suite: certificateAuthoritySuite,
  original: subjectOf(() => bed(() => ({}))),
  mutants: [
    broken('authority/closed-refuses', 'tells an empty pin while closed', (real) => ({
      get publicKeyPin() {
        try {
          return real.publicKeyPin
        } catch {
          return ''
        }
      },
    })),
    broken('authority/second-open', 'takes a second open for a first', (real) => ({
      open: (options, signal) => real.open(options, signal).catch((error: unknown) => {
        if (!(error instanceof Error) || !error.message.includes('open already')) throw error
      }),
    })),
    broken('authority/close-idempotent', 'can be closed once', (real) => {
      let closed = 0
      return { close: () => (closed++ > 1 ? Promise.reject(new PiccoloError('failed-precondition', 'closed already')) : real.close()) }
    }),
    broken('authority/aborted-open-makes-nothing', 'opens although aborted', (real) => ({ open: (options) => real.open(options, never) })),
    {
      killedBy: 'authority/keeps-its-key',
      name: 'forgets its key',
      provide: subjectOf(() => ({ authority: () => memoryAuth().authority(context()), stranger: () => memoryAuth().authority(context()), csr })),
    },
    broken('authority/one-cluster', 'opens for any cluster', (real) => ({ open: (_, signal) => real.open({ cluster: 'suite' }, signal) })),
    broken('authority/trusted-already', 'is a new one whatever nodes trust', (real) => ({ open: ({ cluster }, signal) => real.open({ cluster }, signal) })),
    broken('authority/trusted-already', 'makes itself before it refuses', (real) => ({
      async open(options, signal) {
        await real.open({ cluster: options.cluster }, signal)
        const found = real.publicKeyPin
        if ([undefined, found].includes(options.pin)) return
        await real.close()
        throw new PiccoloError('not-found', 'Not the one.')
      },
    })),
    broken('authority/pin', 'pins something else', (real) => ({ get publicKeyPin() { return real.publicKeyPin.replaceAll('a', 'b') } })),
    {
      killedBy: 'authority/keys-are-its-own',
      name: 'has one key for all',
      provide: subjectOf(() => {
        const auth = memoryAuth()
        return { authority: () => auth.authority(context()), stranger: () => auth.authority(context()), csr }
      }),
    },
    broken('authority/node-names', 'makes up names', (real) => ({ issueNode: (request, signal) => real.issueNode({ ...request, nodeId: `${request.nodeId}x` }, signal) })),
    broken('authority/node-key', 'names another key', (real) => ({ issueNode: async (request, signal) => ({ ...(await real.issueNode(request, signal)), keyFingerprint: '00' }) })),
    broken('authority/node-purpose', 'gives nodes a master’s certificate', (real) => ({
      issueNode: async (request, signal) => ({
        ...(await real.issueNode(request, signal)),
        certificateChainPem: (await real.issueServer({ ...request, names: [] }, signal)).certificateChainPem,
      }),
    })),
    broken('authority/node-validity', 'gives a day more', (real) => ({ issueNode: (request, signal) => real.issueNode({ ...request, notAfterMs: request.notAfterMs + dayMs }, signal) })),
    broken('authority/node-signature', 'lets somebody else sign', () => {
      const other = openedAuthority(memoryAuth())
      return { issueNode: async (request, signal) => (await other).issueNode(request, signal) }
    }),
    broken('authority/serials', 'counts from one', (real) => ({ issueNode: async (request, signal) => ({ ...(await real.issueNode(request, signal)), serial: '01' }) })),
    broken('authority/csr-must-prove', 'reads any request', () => ({ readCsr: () => Promise.resolve({ keyFingerprint: '' }) })),
    broken('authority/names-unambiguous', 'takes any node id', (real) => ({
      issueNode: (request, signal) => real.issueNode({ ...request, nodeId: `n${request.nodeId.replaceAll(/[^a-z0-9-]/g, '-')}`.slice(0, 60) }, signal),
    })),
    broken('authority/own-cluster-only', 'signs for any cluster', (real) => ({ issueNode: (request, signal) => real.issueNode({ ...request, cluster: 'suite' }, signal) })),
    broken('authority/server-names', 'forgets the host names', (real) => ({ issueServer: (request, signal) => real.issueServer({ ...request, names: [] }, signal) })),
    broken('authority/server-purpose', "gives the master a node's certificate", (real) => ({
      issueServer: async (request, signal) => ({
        ...(await real.issueServer(request, signal)),
        certificateChainPem: (await real.issueNode({ ...request, nodeId: 'master', csr: csr() }, signal)).certificateChainPem,
      }),
    })),
    broken('authority/server-key', 'hands out the key of another certificate', (real) => ({
      issueServer: async (request, signal) => ({
        ...(await real.issueServer(request, signal)),
        privateKeyPem: (await real.issueServer(request, signal)).privateKeyPem,
      }),
    })),
    broken('authority/server-renamed', 'hands out one certificate for ever', (real, kept) => ({ issueServer: async (request, signal) => (kept.identity ??= await real.issueServer(request, signal)) })),
    broken('authority/server-aged', 'hands out one certificate for ever', (real, kept) => ({ issueServer: async (request, signal) => (kept.identity ??= await real.issueServer(request, signal)) })),
    broken('authority/server-validity', 'gives the master a day more', (real) => ({ issueServer: (request, signal) => real.issueServer({ ...request, notAfterMs: request.notAfterMs + dayMs }, signal) })),
    broken('authority/server-chain', 'leaves the authority out of the chain', (real) => ({
      issueServer: async (request, signal) => {
        const identity = await real.issueServer(request, signal)
        return { ...identity, certificateChainPem: blocksOf(identity.certificateChainPem)[0] ?? '' }
      },
    })),
    broken('authority/rolled-key', 'pins its first key for ever', (real, kept) => ({ get publicKeyPin() { return (kept.pin ??= real.publicKeyPin) } })),
    broken('authority/rolled-chains', 'leads to its newest authority only', (real) => ({
      issueNode: async (request, signal) => {
        const issued = await real.issueNode(request, signal)
        return { ...issued, certificateChainPem: blocksOf(issued.certificateChainPem).slice(0, 1).join('') + (real.authoritiesPem[0] ?? '') }
      },
    })),
    broken('authority/rolled-pins', 'leaves out of the chain what the first one signed', (real) => ({
      issueServer: async (request, signal) => {
        const identity = await real.issueServer(request, signal)
        return { ...identity, certificateChainPem: blocksOf(identity.certificateChainPem).slice(0, 1).join('') + (real.authoritiesPem[0] ?? '') }
      },
    })),
    broken('authority/rolled-erases', 'goes on with the certificate that it had', (real, kept) => ({
      async open(options, signal) {
        await real.open(options, signal)
        kept.identity = await real.issueServer({ ...options, names: [], notBeforeMs: 0, notAfterMs: dayMs }, signal)
      },
      issueServer: async (request, signal) => kept.identity ?? real.issueServer(request, signal),
    })),
    broken('authority/rolled-lasts', 'forgets the old authority at a restart', (real, kept) => {
      kept.instances = (kept.instances ?? 0) + 1
      const { instances } = kept
      return { get authoritiesPem() { return instances > 1 ? real.authoritiesPem.slice(0, 1) : real.authoritiesPem } }
    }),
    broken('authority/rolled-known', 'knows itself by its newest key only', (real) => ({
      async open(options, signal) {
        await real.open({ cluster: options.cluster }, signal)
        if ([undefined, real.publicKeyPin].includes(options.pin)) return
        await real.close()
        throw new PiccoloError('not-found', 'Not the one.')
      },
    })),
    broken('authority/rolled-without-overlap', 'trusts every authority that it ever had', (real, kept) => ({
      get authoritiesPem() { return (kept.seen = [...new Set([...real.authoritiesPem, ...(kept.seen ?? [])])]) },
    })),
    broken('authority/rolled-in-an-emergency', 'leaves the first one its overlap', (real, kept) => ({
      get authoritiesPem() {
        kept.first ??= real.authoritiesPem.at(-1) ?? ''
        return [...new Set([...real.authoritiesPem, kept.first])]
      },
    })),
    broken('authority/rolled-tells', 'keeps the news to itself', () => ({ onChange: () => () => undefined })),
    broken('authority/rolled-tells', 'goes on telling who does not listen any more', (real) => ({
      onChange: (changed) => {
        real.onChange(changed)
        return () => undefined
      },
    })),
    ...abortMutants({ 'authority/aborted-open': method('open'), 'authority/aborted-issue-node': method('issueNode'), 'authority/aborted-issue-server': method('issueServer') }),
  ],
}
