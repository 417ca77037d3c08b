import assert from 'node:assert/strict'
import type { NodeCredentials } from '@piccolo/core/spi'
import { refuses } from '../kit/refuses.js'
import { never } from '../kit/signals.js'
import type { ConformanceCase } from '../suite.js'
import type { NodeCredentialsSubject } from './credentials-subject.js'
import { newcomer, tokenFor } from './join.js'
import { derOf, issued, serverChain, type Issued } from './observe.js'

export const enrolmentCases: readonly ConformanceCase<NodeCredentialsSubject>[] = [
  {
    id: 'credentials/no-token',
    title: 'without a token it says how to get one',
    async run({ credentials }) {
      const subject = credentials()
      await subject.open(never)
      const { message } = await refuses('failed-precondition', () => subject.enrolment(never))
      assert.match(message, /piccolo token create/)
    },
  },
  {
    id: 'credentials/damaged-token',
    title: 'I1: a damaged token is refused before anything is sent, without repeating its secret',
    async run({ credentials, authority }) {
      const token = tokenFor(authority)
      for (const damaged of ['x', token.slice(0, -1), token.slice(4), `${token}0`, token.replace('pcl1', 'pcl9'), token.split('.').slice(0, 3).join('.')]) {
        const subject = credentials(damaged)
        await subject.open(never)
        const { message } = await refuses('invalid-argument', () => subject.enrolment(never))
        assert.match(message, /piccolo token create/)
        assert.doesNotMatch(message, /5a5a5a/)
        await subject.close()
      }
    },
  },
  {
    id: 'credentials/pinned-master',
    title: 'hands out token and proof of its key, and trusts the master that the token pins, whatever the time',
    async run(subject) {
      const { token, csr, verifyServer } = await (await newcomer(subject)).enrolment(never)
      assert.equal(token, tokenFor(subject.authority))
      await subject.authority.readCsr(csr)
      verifyServer(await serverChain(subject.authority))
      verifyServer(await serverChain(subject.authority, { notBeforeMs: 0, notAfterMs: 1000 }))
    },
  },
  {
    id: 'credentials/strange-master',
    title: 'I2: trusts nobody else with the token: no other authority, not beside the pinned certificate, no node, nothing',
    async run(subject) {
      const { authority, stranger } = subject
      const node = await newcomer(subject)
      const { csr, verifyServer } = await node.enrolment(never)
      const strange = await serverChain(stranger)
      const pinned = authority.authoritiesPem.flatMap(derOf)
      const nodeChain = derOf((await issued(authority, csr)).certificateChainPem)
      for (const chain of [strange, [...strange, ...pinned], [...strange.slice(0, 1), ...pinned], pinned, [...pinned, ...pinned], [...nodeChain, ...pinned], [], [new Uint8Array([1])]]) {
        await refuses('unauthenticated', () => { verifyServer(chain); })
      }
    },
  },
  {
    id: 'credentials/accept-checks',
    title: 'keeps no identity that is about another key, from another authority or under other names',
    async run(subject) {
      const { authority, stranger } = subject
      const node = await newcomer(subject)
      const { csr } = await node.enrolment(never)
      const good = await issued(authority, csr)
      const otherKey = await issued(authority, subject.csr())
      await keepsNothing(node, { ...good, certificateChainPem: otherKey.certificateChainPem })
      await keepsNothing(node, await issued(stranger, csr))
      await keepsNothing(node, { ...(await issued(stranger, csr)), authoritiesPem: authority.authoritiesPem })
      await keepsNothing(node, { ...(await issued(stranger, csr)), authoritiesPem: [...stranger.authoritiesPem, ...authority.authoritiesPem] })
      await keepsNothing(node, { ...good, nodeId: 'node-2' })
      await keepsNothing(node, { ...good, cluster: 'another' })
      await keepsNothing(node, { ...good, certificateChainPem: '' })
      await keepsNothing(node, { ...good, authoritiesPem: [] })
      await node.accept(good, never)
    },
  },
  {
    id: 'credentials/accept-unasked',
    title: 'keeps no identity that it did not ask for',
    async run(subject) {
      const node = await newcomer(subject)
      const { csr } = await node.renewal(never)
      await keepsNothing(node, await issued(subject.authority, csr))
    },
  },
]

async function keepsNothing(node: NodeCredentials, answer: Issued): Promise<void> {
  await refuses('unauthenticated', () => node.accept(answer, never))
  assert.equal(node.enrolled, undefined)
}
