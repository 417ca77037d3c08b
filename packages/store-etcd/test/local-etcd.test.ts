import { ChildProcess } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test, vi } from 'vitest'
import { localEtcd } from '@piccolo/store-etcd'

test('localEtcd: where there is no etcd, it says what to install; one that does not start shows the end of its log', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'piccolo-etcd-'))
  onTestFinished(() => rm(directory, { recursive: true, force: true }))
  await expect(localEtcd({ directory, binary: 'no-such-etcd' })).rejects.toMatchObject({ code: 'failed-precondition', message: expect.stringContaining('apt-get install etcd-server') as string })
  await expect(localEtcd({ directory, binary: process.execPath })).rejects.toMatchObject({ code: 'unavailable', message: expect.stringMatching(/did not start: .*bad option/s) as string })
})

test('localEtcd: an etcd that could not be started is not signalled: Node would take its own process group for it', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'piccolo-etcd-'))
  const kill = vi.spyOn(ChildProcess.prototype, 'kill')
  onTestFinished(() => {
    kill.mockRestore()
    return rm(directory, { recursive: true, force: true })
  })
  await expect(localEtcd({ directory, binary: 'no-such-etcd' })).rejects.toMatchObject({ code: 'failed-precondition' })
  expect(kill).not.toHaveBeenCalled()
})
