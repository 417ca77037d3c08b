import { describe, expect, it } from 'vitest'
import { memoryAuth, memoryBackend } from '../../../src/index.js'
import { admin, masterRig, never, nodeByHand } from './rig.js'

/** A cluster whose master has stopped, with one node that has joined. */
async function stoppedCluster(auth = memoryAuth()) {
  const backend = memoryBackend()
  const rig = await masterRig({ auth }, backend)
  await nodeByHand(rig, 'a')
  await rig.master.stop()
  return { auth, backend }
}

describe('the authority that nodes trust', () => {
  it('is not replaced by another one because its directory was forgotten: the start is refused, says what to do, and makes none', async () => {
    const { auth, backend } = await stoppedCluster()
    const other = memoryAuth()
    await expect(masterRig({ auth: other }, backend)).rejects.toMatchObject({ code: 'failed-precondition', message: expect.stringMatching(/Restore it from its newest backup.*newAuthority/) as string })
    // Whatever had been made would belong to this cluster.
    await using elsewhere = await masterRig({ auth: other, cluster: 'another' })
    expect(elsewhere.master.cluster).toBe('another')
    await using again = await masterRig({ auth }, backend)
    expect((await again.operations.nodes(admin, never)).map(({ name }) => name)).toEqual(['a'])
  })

  it('is replaced when a person says so, once: it is told, and from then on the new one is the one that counts', async () => {
    const { auth, backend } = await stoppedCluster()
    const other = memoryAuth()
    {
      await using rig = await masterRig({ auth: other, newAuthority: true }, backend)
      expect((await rig.events()).map(({ type }) => type)).toContain('authority-changed')
    }
    {
      await using rig = await masterRig({ auth: other }, backend)
      expect((await rig.events()).filter(({ type }) => type === 'authority-changed')).toHaveLength(1)
    }
    await expect(masterRig({ auth }, backend)).rejects.toMatchObject({ code: 'failed-precondition' })
  })

  it('is looked for before a master takes office: one that has another does not depose the one that runs', async () => {
    await using rig = await masterRig()
    await expect(masterRig({ auth: memoryAuth() }, rig.backend)).rejects.toMatchObject({ code: 'failed-precondition' })
    const revision = rig.backend.revision
    await rig.operations.createToken(admin, {}, never)
    expect(rig.backend.revision).toBeGreaterThan(revision)
  })

  it('may have been rolled while no master ran', async () => {
    const { auth, backend } = await stoppedCluster()
    auth.roll()
    await using rig = await masterRig({ auth }, backend)
    expect((await rig.events()).filter(({ type }) => type === 'authority-changed')).toHaveLength(1)
  })
})
