import { expect, test } from 'vitest'
import { translateFailure, translateFile, translateSpawn } from '../src/errors.js'

// Texts as Podman 4.3.1 with runc 1.1.5 and crun 1.8.1 gave them.
test.each([
  ['cannot listen on the TCP port: listen tcp4 :45871: bind: address already in use', 'conflict', /hostPort/],
  ['statfs /nowhere/x: no such file or directory', 'failed-precondition', /volume/],
  ['runc: runc create failed: unable to start container process: exec: "nothing": executable file not found in $PATH: OCI runtime attempted to invoke a command that was not found', 'failed-precondition', /command/],
  ['runc: runc create failed: unable to start container process: exec: "/nothing": stat /nothing: no such file or directory: OCI runtime attempted to invoke a command that was not found', 'failed-precondition', /command/],
  ['runc: runc create failed: error setting cgroup config for procHooks process: unable to set memory limit to 1000 (current usage: 2596864, peak usage: 2945024): OCI runtime error', 'invalid-argument', /raise/],
  ['"CAP_NONSENSE": unknown capability', 'invalid-argument', /manifest/],
  ['running container create option: names must match [a-zA-Z0-9][a-zA-Z0-9_.-]*: invalid argument', 'invalid-argument', /manifest/],
  ['workdir "/not/there" does not exist on container b695', 'failed-precondition', /workingDir/],
  ['localhost/none:1: image not known', 'not-found', /pull/],
  ['initializing source docker://localhost:1/none/none:1: pinging container registry localhost:1: Get "https://localhost:1/v2/": dial tcp 127.0.0.1:1: connect: connection refused', 'unavailable', /network/],
  ['short-name "nonsense" did not resolve to an alias and no unqualified-search registries are defined', 'not-found', /name/],
  ['unable to load image: payload does not match any of the supported image formats:\n * oci: initializing source oci:/var/tmp/x: not a directory', 'invalid-argument', /podman save/],
  ['default OCI runtime "crun" not found: invalid argument', 'failed-precondition', /runc/],
  ['could not find "netavark" in one of [/empty].', 'failed-precondition', /netavark/],
  ['plugin type="bridge" failed (add): failed to find plugin "bridge" in path [/opt/cni/bin]', 'failed-precondition', /netavark/],
  ['OCI runtime error: crun: cgroups in hybrid mode not supported, drop all controllers from cgroupv2', 'failed-precondition', /runtime = "runc"/],
  ['building local pause image: finding pause binary: exec: "catatonit": executable file not found in $PATH', 'failed-precondition', /install catatonit|apt-get install catatonit/],
  ['runc create failed: error during container init: error setting rlimits for ready process: error setting rlimit type 7: operation not permitted: OCI permission denied', 'permission-denied', /default_ulimits/],
  ['writing blob: adding layer: processing tar file(write /bin/busybox: no space left on device): exit status 1', 'resource-exhausted', /image prune/],
  ['database storage temporary directory (runroot) "/a" does not match our storage temporary directory (runroot) "/b": database configuration mismatch', 'failed-precondition', /directories/],
  ['creating container storage: the container name "x" is already in use by 12ab. You have to remove that container to be able to reuse that name: that name is already in use', 'already-exists', /name/],
  ['decode configuration /x: toml: line 2: expected', 'failed-precondition', /Mend/],
])('%s is %s', (text, code, remedy) => {
  const error = translateFailure({ doing: 'Doing this', text, status: 500 })
  expect(error.code).toBe(code)
  expect(error.message).toMatch(/^Doing this failed: /)
  expect(error.message.split('. ').at(-1)).toMatch(remedy)
})

test('what no rule knows keeps its words and takes its code from the status', () => {
  expect(translateFailure({ doing: 'X', text: 'something new', status: 404 })).toMatchObject({ code: 'not-found', message: 'X failed: something new.' })
  expect(translateFailure({ doing: 'X', text: 'something new', status: 400 }).code).toBe('invalid-argument')
  expect(translateFailure({ doing: 'X', text: 'something new', status: 409 }).code).toBe('conflict')
  expect(translateFailure({ doing: 'X', text: '' })).toMatchObject({ code: 'unavailable', message: 'X failed: Podman gave no reason.' })
})

test('log lines are reduced to what they say', () => {
  const text = 'time="2026-01-01T00:00:00Z" level=warning msg="a \\"quoted\\" word"\nError: the reason\n'
  expect(translateFailure({ doing: 'X', text }).message).toBe('X failed: a "quoted" word; the reason.')
})

test('a missing Podman is told with what to install', () => {
  const missing = Object.assign(new Error('spawn podman ENOENT'), { code: 'ENOENT' })
  expect(translateSpawn('podman', missing)).toMatchObject({ code: 'unavailable', message: expect.stringContaining('apt-get install podman') })
})

test('too few watches are told with the setting to raise', () => {
  const full = Object.assign(new Error("ENOSPC: System limit for number of file watchers reached, watch '/x'"), { code: 'ENOSPC' })
  expect(translateFile('Watching /x', full)).toMatchObject({ code: 'resource-exhausted', message: expect.stringContaining('max_user_watches') })
})
