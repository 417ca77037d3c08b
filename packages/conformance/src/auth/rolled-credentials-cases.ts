import assert from 'node:assert/strict'
import { refuses } from '../kit/refuses.js'
import { never } from '../kit/signals.js'
import type { ConformanceCase } from '../suite.js'
import type { NodeCredentialsSubject } from './credentials-subject.js'
import { member, newcomer } from './join.js'
import { derOf, issued, nowMs, serverChain } from './observe.js'

const given = { what: 'a new key for an authority', holds: ({ roll }: NodeCredentialsSubject) => roll !== undefined }

export const rolledCredentialsCases: readonly ConformanceCase<NodeCredentialsSubject>[] = [
  {
    id: 'credentials/slept-through-rolls',
    title: 'I9: a node that slept through two rolls trusts its master, is renewed, and trusts the old key no longer, over a restart too',
    given,
    async run(subject) {
      const node = await member(subject)
      const old = await serverChain(subject.authority)
      await rollTwice(subject)
      const present = await serverChain(subject.authority)
      node.verifyServer(() => nowMs)(present)
      await node.accept(await issued(subject.authority, (await node.renewal(never)).csr), never)
      await node.close()
      const after = subject.credentials()
      await after.open(never)
      after.verifyServer(() => nowMs)(present)
      await refuses('unauthenticated', () => { after.verifyServer(() => nowMs)(old); })
    },
  },
  {
    id: 'credentials/token-from-before-a-roll',
    title: 'I9: a token that pins a key from before two rolls joins all the same',
    given,
    async run(subject) {
      const node = await newcomer(subject)
      const { csr, verifyServer } = await node.enrolment(never)
      await rollTwice(subject)
      verifyServer(await serverChain(subject.authority))
      await node.accept(await issued(subject.authority, csr), never)
      assert.ok(node.enrolled !== undefined)
      node.verifyServer(() => nowMs)(await serverChain(subject.authority))
    },
  },
  {
    id: 'credentials/forged-roll',
    title: 'I2: takes nobody for a rolled authority who only shows the certificates of the real one',
    given,
    async run(subject) {
      const { authority, stranger } = subject
      const node = await member(subject)
      const { enrolled } = node
      await rollTwice(subject)
      const [strange = new Uint8Array(), ...strangeRest] = await serverChain(stranger)
      const [, ...real] = await serverChain(authority)
      for (const chain of [[strange, ...real], [strange, ...strangeRest, ...real], [strange, ...real, ...strangeRest]]) {
        await refuses('unauthenticated', () => { node.verifyServer(() => nowMs)(chain); })
      }
      const { csr } = await node.renewal(never)
      const forged = await issued(stranger, csr)
      const own = await issued(authority, csr)
      const [, ...bridges] = derOf(own.certificateChainPem).map(pemOf)
      const authoritiesPem = [...stranger.authoritiesPem, ...authority.authoritiesPem]
      await refuses('unauthenticated', () => node.accept({ ...forged, authoritiesPem }, never))
      await refuses('unauthenticated', () => node.accept({ ...forged, certificateChainPem: forged.certificateChainPem + bridges.join(''), authoritiesPem }, never))
      assert.deepEqual(node.enrolled, enrolled)
    },
  },
]

/** Without an overlap: what the first key signed counts nowhere any more. */
async function rollTwice({ roll }: NodeCredentialsSubject): Promise<void> {
  await roll?.({ overlap: false })
  await roll?.({ overlap: false })
}

function pemOf(der: Uint8Array): string {
  return ['-----BEGIN CERTIFICATE-----', ...(Buffer.from(der).toString('base64').match(/.{1,64}/g) ?? []), '-----END CERTIFICATE-----', ''].join('\n')
}
