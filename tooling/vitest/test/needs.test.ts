import { expect, test } from 'vitest'
import { missing, type Machine } from '../needs.js'

const everything: Machine = { platform: 'linux', userId: 0, answers: () => true }
const nothing: Machine = { platform: 'darwin', userId: 501, answers: () => false }

test('a machine with everything lacks nothing', () => {
  expect(missing({ podman: true, etcd: true, root: true, namespaces: true, linux: true }, everything)).toEqual([])
})

test('what is missing is named once, with its remedy', () => {
  expect(missing({ podman: true, etcd: true, root: true, namespaces: true, linux: true }, nothing)).toEqual([
    'Linux',
    'root',
    'ip (apt-get install iproute2)',
    'podman (apt-get install podman runc conmon)',
    'etcd (apt-get install etcd-server etcd-client)',
  ])
})

test('namespaces ask for Linux and root by themselves', () => {
  expect(missing({ namespaces: true }, { ...nothing, answers: () => true })).toEqual(['Linux', 'root'])
})

test('what is not asked for is not missed', () => {
  expect(missing({}, nothing)).toEqual([])
})
