import { expect, test } from 'vitest'
import { missing, type Machine } from '../needs.js'

const everything: Machine = { platform: 'linux', userId: 0, answers: () => true, memoryGroups: () => true }
const nothing: Machine = { platform: 'darwin', userId: 501, answers: () => false, memoryGroups: () => false }

test('a machine with everything lacks nothing', () => {
  expect(missing({ podman: true, etcd: true, root: true, namespaces: true, linux: true, memoryGroups: true }, everything)).toEqual([])
})

test('what is missing is named once, with its remedy', () => {
  expect(missing({ podman: true, etcd: true, root: true, namespaces: true, linux: true, memoryGroups: true }, nothing)).toEqual([
    'Linux',
    'root',
    'ip (apt-get install iproute2)',
    "memory control groups (mount cgroup v1 memory, or hand v2's memory controller down)",
    'podman (apt-get install podman runc conmon)',
    'etcd (apt-get install etcd-server etcd-client)',
  ])
})

test('namespaces ask for Linux and root by themselves', () => {
  expect(missing({ namespaces: true }, { ...nothing, answers: () => true })).toEqual(['Linux', 'root'])
})

test('memory groups ask for Linux and root by themselves', () => {
  expect(missing({ memoryGroups: true }, { ...nothing, memoryGroups: () => true })).toEqual(['Linux', 'root'])
})

test('what is not asked for is not missed', () => {
  expect(missing({}, nothing)).toEqual([])
})
