import { X509Certificate } from 'node:crypto'
import type { TransportSubject } from '@piccolo/conformance'
import { PiccoloError, type ClientTls, type MasterChannel, type TlsIdentity } from '@piccolo/core/spi'
import { changed, type Mutant } from '../mutants/mutant.js'
import { broken, handling, listening, material, stranger, type Change } from './mutant-bed.js'

const showing = (identity: TransportSubject['material']['node']): Change => (real) => ({ connect: (address, tls, signal) => real.connect(address, { ...tls, identity }, signal) })

/** Takes one identity for another that is in order. */
const mistaking = (taken: TlsIdentity): Change => (real) => {
  const seen = (tls: ClientTls): ClientTls => (tls.identity === taken ? { ...tls, identity: material.node } : tls)
  return {
    connect: (address, tls, signal) => real.connect(address, seen(tls), signal),
    renew: (address, request, tls, signal) => real.renew(address, request, seen(tls), signal),
  }
}
/** Refuses sessions with certificates such as these. */
const keepingOut = (isUnwanted: (certificate: X509Certificate) => boolean): Change =>
  handling((real) => ({
    session: (channel, signal) => {
      const { certificate } = channel.peer
      if (certificate !== undefined && isUnwanted(new X509Certificate(certificate))) return Promise.reject(new PiccoloError('unauthenticated', 'I do not like its date.'))
      return real.session(channel, signal)
    },
  }))

export const identity: readonly Mutant<TransportSubject>[] = [
  broken('transport/session-needs-certificate', 'lets anybody in', () => ({ agent: showing(material.node) })),
  broken('transport/session-refuses-strangers', 'lets strangers in', () => ({ agent: showing(material.node) })),
  broken('transport/session-knows-its-peer', 'takes every peer for the first', () => ({ agent: showing(material.node) })),
  broken('transport/verify-sees-the-chain', 'shows the leaf only', () => ({
    agent: (real) => ({ enroll: (address, request, { verifyServer }, signal) => real.enroll(address, request, { verifyServer: (chain) => { verifyServer(chain.slice(0, 1)) } }, signal) }),
  })),
  broken('transport/verify-before-the-secret', 'looks at the server afterwards', () => ({
    agent: (real) => ({
      enroll: async (address, request, { verifyServer }, signal) => {
        let chain: readonly Uint8Array[] = []
        const reply = await real.enroll(address, request, { verifyServer: (presented) => { chain = presented } }, signal)
        verifyServer(chain)
        return reply
      },
    }),
  })),
  broken('transport/update-tls', 'keeps the first certificate', () => ({ master: listening(() => ({ updateTls: () => undefined })) })),
  broken('transport/update-tls', 'drops everybody for a new certificate', () => {
    const channels = new Set<MasterChannel>()
    return {
      master: (real) => {
        const noting = handling((handlers) => ({ session: (channel, signal) => { channels.add(channel); return handlers.session(channel, signal) } }))(real)
        const noted = changed(real, noting)
        return listening((listener) => ({ updateTls: (tls) => { listener.updateTls(tls); for (const channel of channels) void channel.close() } }))(noted)
      },
    }
  }),
  broken('transport/time-is-not-judged', 'drops certificates that are over', () => ({ master: keepingOut(({ validTo }) => Date.parse(validTo) < Date.now()) })),
  broken('transport/time-is-not-judged', 'drops certificates that are not valid yet', () => ({ master: keepingOut(({ validFrom }) => Date.parse(validFrom) > Date.now()) })),
  broken('transport/time-is-not-judged', 'lets nodes in whose certificate is over, and hides it from who renews', () => ({
    master: handling((real) => ({ renew: (request, { address }, signal) => real.renew(request, { address }, signal) })),
  })),
  broken('transport/delegated-authorities', 'judges the time of an authority in between', () => ({ master: keepingOut(({ issuer }) => issuer === 'CN=Memory intermediate') })),
  broken('transport/delegated-authorities', 'takes every authority for its own', () => ({ agent: mistaking(material.delegated.node) })),
  broken('transport/refuses-expired-strangers', 'asks of a certificate that is over nothing else', () => ({ agent: mistaking(stranger.expiredNode) })),
  broken('transport/refuses-forgeries', 'takes everybody in a chain for an authority', () => ({ agent: mistaking(material.forgedNode) })),
  broken('transport/authorities-overlap', 'knows the newest authority only', () => ({
    master: listening((real) => ({ updateTls: (tls) => { real.updateTls({ ...tls, clientAuthoritiesPem: tls.clientAuthoritiesPem.slice(0, 1) }) } })),
  })),
  broken('transport/authorities-overlap', 'drops no authority that it had', () => {
    const known = new Set<string>()
    return {
      master: listening((real) => ({
        updateTls: (tls) => {
          for (const pem of tls.clientAuthoritiesPem) known.add(pem)
          real.updateTls({ ...tls, clientAuthoritiesPem: [...known] })
        },
      })),
    }
  }),
  broken('transport/update-authorities', 'keeps the first authorities', () => ({
    master: listening((real) => ({ updateTls: (tls) => { real.updateTls({ ...tls, clientAuthoritiesPem: material.server.clientAuthoritiesPem }) } })),
  })),
]
