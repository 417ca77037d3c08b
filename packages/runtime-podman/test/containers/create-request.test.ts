import { describe, expect, test } from 'vitest'
import type { ContainerSpec } from '@piccolo/core/spi'
import { containerRequest, podRequest } from '../../src/containers/create-request.js'
import { containerSpec } from '../support/specs.js'

const scope = { cluster: 'demo', node: 'one' }
const request = (overrides: Partial<ContainerSpec>): unknown =>
  JSON.parse(JSON.stringify(containerRequest(containerSpec(overrides), scope, { logSizeBytes: 1_000 })))

describe('a container request', () => {
  test('carries the labels of its scope, which no annotation and no label can forge', () => {
    const annotations = { 'io.pullpiri.annotations.package': 'shop', 'io.piccolo.node': 'another' }
    const labels = { app: 'till', 'io.piccolo.spec': 'another' }
    expect(request({ annotations, labels })).toMatchObject({
      labels: {
        'io.piccolo.cluster': 'demo', 'io.piccolo.node': 'one', 'io.piccolo.workload': 'web', 'io.piccolo.container': 'main',
        'io.piccolo.spec': 'digest', 'io.pullpiri.annotations.package': 'shop', app: 'till',
      },
      annotations: { 'io.pullpiri.annotations.package': 'shop' },
    })
  })

  test('leaves restarts and health checks to the agent, and bounds the log', () => {
    expect(request({})).toMatchObject({
      restart_policy: 'no', healthconfig: { Test: ['NONE'] }, log_configuration: { driver: 'k8s-file', size: 1_000 },
    })
  })

  test('leaves out what the spec does not say', () => {
    const bare = request({})
    for (const absent of ['entrypoint', 'command', 'user', 'resource_limits', 'privileged', 'hostname', 'ipcns', 'pod', 'portmappings']) {
      expect(bare).not.toHaveProperty(absent)
    }
  })

  test('turns cores into a quota and bytes into a limit', () => {
    expect(request({ limits: { cpuCores: 0.5, memoryBytes: 64 * 1024 * 1024 } })).toMatchObject({
      resource_limits: { cpu: { period: 100_000, quota: 50_000 }, memory: { limit: 67_108_864 } },
    })
    expect(request({ limits: { cpuCores: 0.001 } })).toMatchObject({ resource_limits: { cpu: { quota: 1_000 } } })
  })

  test.each([
    [{ runAsUser: 1000 }, '1000'], [{ runAsUser: 1000, runAsGroup: 5 }, '1000:5'], [{ runAsGroup: 5 }, '0:5'], [{ runAsUser: 0 }, '0'],
  ])('names the user of %j as %s', (security, user) => {
    expect(request({ security })).toMatchObject({ user })
  })

  test('says what security asks for', () => {
    const security = { privileged: true, readOnlyRootFilesystem: true, noNewPrivileges: true, addCapabilities: ['NET_ADMIN'], dropCapabilities: ['ALL'] }
    expect(request({ security, hostIpc: true, tty: true, stdin: true, workingDir: '/srv' })).toMatchObject({
      privileged: true, read_only_filesystem: true, no_new_privileges: true, cap_add: ['NET_ADMIN'], cap_drop: ['ALL'],
      ipcns: { nsmode: 'host' }, terminal: true, stdin: true, work_dir: '/srv',
    })
  })

  test('mounts as told, and publishes only ports with a host port', () => {
    expect(request({
      network: 'private', hostname: 'web',
      mounts: [{ source: '/data', target: '/srv', readOnly: true }],
      ports: [{ containerPort: 80, hostPort: 8080, hostIp: '127.0.0.1', protocol: 'tcp' }, { containerPort: 81, protocol: 'udp' }],
    })).toMatchObject({
      hostname: 'web',
      mounts: [{ type: 'bind', source: '/data', destination: '/srv', options: ['rbind', 'ro'] }],
      portmappings: [{ container_port: 80, host_port: 8080, host_ip: '127.0.0.1', protocol: 'tcp' }],
    })
  })

  test('leaves network, ports and host name of a member to its pod', () => {
    const member = request({ podId: 'p', network: 'private', hostname: 'web', ports: [{ containerPort: 80, hostPort: 80, protocol: 'tcp' }] })
    expect(member).toMatchObject({ pod: 'p' })
    for (const absent of ['netns', 'portmappings', 'hostname']) expect(member).not.toHaveProperty(absent)
  })
})

test('a pod request carries scope, workload and digest but no container, and ports only on a network of its own', () => {
  const pod = { name: 'web', workload: 'web', specDigest: 'd', hostIpc: false, hostname: 'web', ports: [{ containerPort: 80, hostPort: 80, protocol: 'tcp' }] } as const
  expect(podRequest({ ...pod, network: 'private' }, scope)).toMatchObject({
    labels: { 'io.piccolo.cluster': 'demo', 'io.piccolo.node': 'one', 'io.piccolo.workload': 'web', 'io.piccolo.spec': 'd' },
    hostname: 'web', portmappings: [{ container_port: 80 }],
  })
  expect(JSON.parse(JSON.stringify(podRequest({ ...pod, network: 'host' }, scope)))).toEqual({
    name: 'web', netns: { nsmode: 'host' }, labels: expect.not.objectContaining({ 'io.piccolo.container': expect.anything() }),
  })
})
