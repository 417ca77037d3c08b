import { mkdir, readFile, readlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { busyboxImage } from '@piccolo/runtime-podman'
import { eventually } from './support/eventually.js'
import { freePort } from './support/free-port.js'
import { forever, image } from './support/manifest.js'
import { overEachStore } from './support/over-each-store.js'
import { testCluster, type TestCluster } from './support/test-cluster.js'
import type { TestNode } from './support/test-node.js'

const welcomeImage = 'localhost/piccolo/welcome:latest'

overEachStore({ podman: true, root: true, linux: true }, 'W1: what was written for Pullpiri runs here', (store) => {
  let cluster: TestCluster
  let node: TestNode
  beforeAll(async () => {
    cluster = await testCluster(['HPC'], store)
    node = cluster.node('HPC')
    const { path } = await busyboxImage({ name: welcomeImage, destination: join(cluster.directory, 'welcome.tar'), command: ['sh', '-c', `echo welcome; ${forever}`] })
    await node.kit.load(path)
  })
  afterAll(() => cluster?.dispose())

  const file = async (name: string, text: string): Promise<string> => {
    const path = join(cluster.directory, name)
    await writeFile(path, text)
    return path
  }

  /** Deletes by file and waits until the workload is gone. */
  const remove = async (path: string, workload: string): Promise<void> => {
    expect(await cluster.piccolo('delete', '-f', path)).toMatchObject({ code: 0, stderr: '' })
    await eventually(`${workload} to be gone`, async () => ((await cluster.workload(workload)) === undefined ? true : undefined))
  }
  const sharesWithBoard = async (container: string, namespace: 'net' | 'ipc'): Promise<boolean> => {
    const { Pid } = (await node.inspect(container)).State
    return (await readlink(`/proc/${String(Pid)}/ns/${namespace}`)) === (await readlink(`/proc/self/ns/${namespace}`))
  }

  test('W1: a Scenario, a Package and a Model in one file, with the nulls that its examples have, apply unchanged and run', async () => {
    const path = await file('welcome.yaml', welcome)
    expect(await cluster.piccolo('apply', '-f', path)).toEqual({
      code: 0, stderr: '', stdout: 'Scenario/welcome created\nPackage/welcome created\nModel/welcome-core created\n',
    })
    await cluster.running('welcome-core')
    const container = await node.inspect('welcome-core_hello')
    expect(container.State.Status).toBe('running')
    expect(container.HostConfig.NetworkMode).toBe('host')
    const annotations = {
      'io.pullpiri.annotations.scenario': 'welcome', 'io.pullpiri.annotations.package': 'welcome', 'io.pullpiri.annotations.model': 'welcome-core',
      'io.piccolo.annotations.package-type': 'welcome-core',
    }
    expect(container.Config.Annotations).toMatchObject(annotations)
    expect(container.Config.Labels).toMatchObject({
      ...annotations, 'io.piccolo.cluster': 'test', 'io.piccolo.node': 'HPC', 'io.piccolo.workload': 'welcome-core', 'io.piccolo.container': 'hello', app: 'welcome-core',
    })
    expect([...(await node.containers()).keys()]).toEqual(['welcome-core_hello'])
    expect(await node.pods()).toEqual(new Map())
  })

  test('W1: the command shows it running, completed and logging', async () => {
    const get = async (kind: string): Promise<string> => (await cluster.piccolo('get', kind)).stdout.replace(/ +/g, ' ')
    expect(await get('workloads')).toMatch(/^welcome-core running 1\/1 0 \S+ HPC$/m)
    expect(await get('packages')).toMatch(/^welcome running welcome-core@HPC$/m)
    expect(await get('scenarios')).toMatch(/^welcome completed update welcome$/m)
    expect((await cluster.piccolo('logs', 'welcome-core')).stdout).toContain('welcome')
    expect(await get('artifacts')).toMatch(/^Model welcome-core \d+$/m)
  })

  test('W1: deleting by the same file leaves nothing, and it can be applied again', async () => {
    const path = join(cluster.directory, 'welcome.yaml')
    await remove(path, 'welcome-core')
    expect(await node.containers()).toEqual(new Map())
    expect(await cluster.client.artifacts()).toEqual([])
    expect(await cluster.client.packages()).toEqual([])
    expect(await cluster.client.scenarios()).toEqual([])
    expect(await cluster.piccolo('apply', '-f', path)).toMatchObject({ code: 0 })
    await cluster.running('welcome-core')
    await remove(path, 'welcome-core')
  })

  test('W1: a container gets what its Model says: command, environment, volumes, limits, user, capabilities, namespaces', async () => {
    const data = join(cluster.directory, 'data')
    await mkdir(data, { recursive: true })
    await writeFile(join(data, 'greeting'), 'hello from the board')
    const path = await file('full.yaml', full(data))
    expect(await cluster.piccolo('apply', '-f', path)).toMatchObject({ code: 0, stderr: '' })
    await cluster.running('full')
    const { Config, HostConfig, Mounts } = await node.inspect('full_main')
    expect(Config).toMatchObject({ User: '1000:1000', WorkingDir: '/tmp' })
    expect(Config.Env).toEqual(expect.arrayContaining(['GREETING=hello', 'EMPTY=', expect.stringMatching(/^PICCOLO_PLACEMENT_EPOCH=\d+$/) as string]))
    expect(HostConfig).toMatchObject({ Memory: 64 * 1024 * 1024, CpuQuota: 25_000, CpuPeriod: 100_000, ReadonlyRootfs: true })
    expect([await sharesWithBoard('full_main', 'net'), await sharesWithBoard('full_main', 'ipc')]).toEqual([true, true])
    expect(HostConfig.CapAdd).toContain('CAP_NET_ADMIN')
    expect(HostConfig.CapDrop).toContain('CAP_CHOWN')
    expect(Mounts).toMatchObject([{ Source: data, Destination: '/data', RW: false }])
    await eventually('its output', async () => {
      const { stdout } = await cluster.piccolo('logs', 'full')
      expect(stdout).toContain('hello from the board|hello|1000|/tmp|argument')
      return true
    })
    await remove(path, 'full')
    expect(await readFile(join(data, 'greeting'), 'utf8')).toBe('hello from the board')
  })

  test('W1: containers of one Model share a network of their own; init containers come first; a hostPort leads in from the board', async () => {
    const port = await freePort()
    const data = join(cluster.directory, 'site')
    await mkdir(data, { recursive: true })
    const path = await file('web.yaml', web({ port, data }))
    expect(await cluster.piccolo('apply', '-f', path)).toMatchObject({ code: 0, stderr: '' })
    await cluster.running('web')
    const fetched = await eventually('the page to be served', async () => (await fetch(`http://127.0.0.1:${String(port)}/index.html`)).text())
    expect(fetched).toBe('made by init\n')
    const pod = (await node.pods()).get('web')
    expect((await node.inspect('web_server')).Pod).toBe(pod)
    expect((await node.inspect('web_visitor')).Pod).toBe(pod)
    expect([await sharesWithBoard('web_server', 'net'), await sharesWithBoard('web_server', 'ipc')]).toEqual([false, true])
    await eventually('the neighbour to see it', async () => {
      const { stdout } = await cluster.piccolo('logs', 'web')
      return stdout.includes('visited: made by init') ? true : undefined
    })
    expect((await node.inspect('web_prepare')).State).toMatchObject({ Status: 'exited', ExitCode: 0 })
    await remove(path, 'web')
    expect(await node.containers()).toEqual(new Map())
    expect(await node.pods()).toEqual(new Map())
  })

  test('W1: fields that mean nothing here are warned about by name, kept, and do no harm', async () => {
    const path = await file('extra.yaml', welcome.replace('  hostNetwork: true\n', '  hostNetwork: true\n  dreams: [electric, sheep]\n'))
    const { code, stderr } = await cluster.piccolo('apply', '-f', path)
    expect(code).toBe(0)
    expect(stderr).toMatch(/spec\.dreams/)
    const [model] = await cluster.client.artifacts('Model')
    expect(model?.document).toMatchObject({ spec: { dreams: ['electric', 'sheep'] } })
    await cluster.running('welcome-core')
    await remove(path, 'welcome-core')
  })

  test('W1: one bad document refuses the whole file, names the place, and nothing changes', async () => {
    const path = await file('bad.yaml', welcome.replace('image: localhost/piccolo/welcome:latest', 'image: [not, a, name]'))
    const line = welcome.slice(0, welcome.indexOf('image:')).split('\n').length
    const { code, stderr, stdout } = await cluster.piccolo('apply', '-f', path)
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
    expect(stderr).toContain(`${path}:${String(line)}:`)
    expect(await cluster.client.artifacts()).toEqual([])
    expect(await node.containers()).toEqual(new Map())
  })
})

/** The shape of Pullpiri's own examples: empty values are nulls, and one key is misspelt as it is there. */
const welcome = `apiVersion: v1
kind: Scenario
metadata:
  name: welcome
spec:
  condition:
  action: update
  target: welcome
---
apiVersion: v1
kind: Package
metadata:
  label: null
  name: welcome
spec:
  pattern:
    - type: plain
  models:
    - name: welcome-core
      node: HPC
      resources:
        volume:
        network:
---
apiVersion: v1
kind: Model
metadata:
  name: welcome-core
  annotations:
    io.piccolo.annotations.package-type: welcome-core
  labels:
    app: welcome-core
spec:
  hostNetwork: true
  containers:
    - name: hello
      image: ${welcomeImage}
  terminationGracePeriodSeconds: 0
`

function head(name: string): string {
  return `apiVersion: v1
kind: Scenario
metadata:
  name: ${name}
spec:
  condition: null
  action: launch
  target: ${name}
---
apiVersion: v1
kind: Package
metadata:
  label: null
  name: ${name}
spec:
  pattern:
    - type: plain
  models:
    - name: ${name}
      node: HPC
      resources:
        volume:
        network:
---
apiVersion: v1
kind: Model
metadata:
  name: ${name}
  annotations:
  labels:
    app: ${name}
`
}

function full(data: string): string {
  return `${head('full')}spec:
  hostNetwork: true
  hostIPC: true
  restartPolicy: Always
  terminationGracePeriodSeconds: 1
  runtimeClassName:
  initContainers:
  securityContext:
    runAsUser: 1000
    runAsGroup: 1000
  volumes:
    - name: shelf
      hostPath:
        path: ${data}
  containers:
    - name: main
      image: ${image}
      command: ["sh", "-c", 'echo "$(cat /data/greeting)|$GREETING|$(id -u)|$(pwd)|$0"; trap "exit 0" TERM; sleep 100000 & wait']
      args: ["argument"]
      env:
        - name: GREETING
          value: hello
        - name: EMPTY
          value:
      ports:
      workingDir: /tmp
      stdin: false
      tty: false
      resources:
        requests:
        limits:
          cpu: 250m
          memory: 64Mi
      securityContext:
        readOnlyRootFilesystem: true
        allowPrivilegeEscalation: false
        capabilities:
          add: [NET_ADMIN]
          drop: [CHOWN]
      volumeMounts:
        - name: shelf
          mountPath: /data
          readOnly: true
`
}

function web({ port, data }: { readonly port: number; readonly data: string }): string {
  return `${head('web')}spec:
  hostIPC: true
  terminationGracePeriodSeconds: 0
  volumes:
    - name: site
      hostPath:
        path: ${data}
  initContainers:
    - name: prepare
      image: ${image}
      command: ["sh", "-c", "echo made by init > /site/index.html"]
      volumeMounts:
        - name: site
          mountPath: /site
  containers:
    - name: server
      image: ${image}
      command: ["httpd", "-f", "-p", "8080", "-h", "/site"]
      ports:
        - containerPort: 8080
          hostPort: ${String(port)}
      volumeMounts:
        - name: site
          mountPath: /site
    - name: visitor
      image: ${image}
      command: ["sh", "-c", 'until page=$(wget -q -O - http://127.0.0.1:8080/index.html); do sleep 1; done; echo "visited: $page"; sleep 100000']
`
}
