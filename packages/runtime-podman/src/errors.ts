import { PiccoloError, type ErrorCode } from '@piccolo/core/spi'

/** What Podman said: an HTTP error, or a program that ended. */
export interface PodmanFailure {
  /** What was being done, to begin the message with, e.g. `Starting container 3f2a…`. */
  readonly doing: string
  readonly text: string
  readonly status?: number
}

interface Rule {
  readonly when: RegExp
  readonly code: ErrorCode
  /** What to do about it. */
  readonly remedy: string
}

/** The first rule that fits wins: particular ones first. */
const rules: readonly Rule[] = [
  { when: /no space left on device|disk quota exceeded/i, code: 'resource-exhausted',
    remedy: 'The disk is full: free some, e.g. with `podman image prune`.' },
  { when: /catatonit|building local pause image/i, code: 'failed-precondition',
    remedy: 'Pods need catatonit: install it (Debian: apt-get install catatonit) or set infra_image in containers.conf.' },
  { when: /(container|pod) name .*in use|that name is already in use|(container|pod) already exists/i, code: 'already-exists',
    remedy: 'Remove the one that has the name, or take another name.' },
  { when: /names must match|unknown capability|unknown (flag|signal)/i, code: 'invalid-argument', remedy: 'Mend the manifest.' },
  { when: /does not match any of the supported image formats/i, code: 'invalid-argument',
    remedy: 'The file is no image archive: make it with `podman save`.' },
  { when: /cgroups? in hybrid mode|crun: .*cgroup/i, code: 'failed-precondition',
    remedy: 'crun refuses this machine\'s cgroup layout: install runc and set runtime = "runc" under [engine] in containers.conf.' },
  { when: /executable file .*not found in \$PATH|stat .*: no such file or directory: OCI runtime attempted/i, code: 'failed-precondition',
    remedy: 'The command is not in the image: check command and args.' },
  { when: /workdir .* does not exist/i, code: 'failed-precondition', remedy: 'The image has no such directory: mend workingDir.' },
  { when: /OCI runtime "?\w*"? not found|no valid executable found for OCI runtime|(runc|crun): .*loading shared libraries/i, code: 'failed-precondition',
    remedy: 'Install runc (Debian: apt-get install runc) and set runtime = "runc" under [engine] in containers.conf.' },
  { when: /conmon.*(not found|no such file|working)/i, code: 'failed-precondition', remedy: 'Install conmon (Debian: apt-get install conmon).' },
  { when: /could not find "?(netavark|aardvark)|(netavark|aardvark-dns).*no such file|failed to find plugin/i, code: 'failed-precondition',
    remedy: 'Install netavark (Debian: apt-get install netavark) and set network_backend = "netavark" under [network] in containers.conf.' },
  { when: /slirp4netns|pasta/i, code: 'failed-precondition',
    remedy: 'Networks of an ordinary user need slirp4netns: install it, or use the host network.' },
  { when: /address already in use|port is already allocated/i, code: 'conflict',
    remedy: 'Another program has that port on the board: end it, or choose another hostPort.' },
  { when: /cannot expose privileged port|ip_unprivileged_port_start/i, code: 'permission-denied',
    remedy: 'Ports below 1024 are not for ordinary users: choose a higher hostPort, or lower net.ipv4.ip_unprivileged_port_start.' },
  { when: /unable to set memory limit|minimum memory limit|memory limit .*(small|low)/i, code: 'invalid-argument',
    remedy: 'The container needs more memory than its limit to start at all: raise the limit.' },
  { when: /statfs .*no such file|error mounting|mount .*no such file or directory/i, code: 'failed-precondition',
    remedy: 'A path that is to be mounted does not exist on the board: make it, or mend the volume.' },
  { when: /manifest unknown|name unknown|requested access to the resource is denied|invalid (reference format|image name)|unauthorized|short-name .* did not resolve/i,
    code: 'not-found', remedy: 'Check the image\'s name and tag, and that the registry lets this node in (podman login).' },
  { when: /no such image|image not known|unable to find .* in local storage/i, code: 'not-found',
    remedy: 'Check its name, pull it, or load it from an archive.' },
  { when: /no such container|no container with|no such pod|no pod with/i, code: 'not-found', remedy: 'It has been removed; list again.' },
  { when: /initializing source docker:|pinging container registry|dial tcp|no such host|i\/o timeout|TLS handshake|name resolution|toomanyrequests/i,
    code: 'unavailable', remedy: 'The registry can\'t be reached now: check the node\'s network, or load the image from an archive.' },
  { when: /(resource limits|cgroup).*(rootless|permission denied|not supported|not available)|controller .* (is )?not (available|enabled)/i,
    code: 'unsupported', remedy: 'This machine offers no such limit to this user: run as root, use cgroup v2 with delegation, or leave the limit out.' },
  { when: /newuidmap|newgidmap|subuid|subgid|cannot clone|user namespace/i, code: 'permission-denied',
    remedy: 'Podman without root needs uidmap and entries for the user in /etc/subuid and /etc/subgid.' },
  { when: /rlimit/i, code: 'permission-denied',
    remedy: 'This user may not raise limits: set default_ulimits = ["nofile=1024:1024", "nproc=1024:1024"] under [containers] in containers.conf.' },
  { when: /permission denied|operation not permitted/i, code: 'permission-denied', remedy: 'Check the rights of this user, or run as root.' },
  { when: /database configuration mismatch/i, code: 'failed-precondition',
    remedy: 'These directories were first used with other settings: go back to those, or start with empty ones.' },
  { when: /decode configuration|toml:/i, code: 'failed-precondition', remedy: 'Mend that file.' },
]

/** The one place where Podman's words become codes. */
export function translateFailure({ doing, text, status }: PodmanFailure): PiccoloError {
  const said = tidy(text)
  const details = { podman: said, ...(status === undefined ? {} : { status }) }
  const rule = rules.find(({ when }) => when.test(said))
  if (rule !== undefined) return new PiccoloError(rule.code, `${doing} failed: ${said}. ${rule.remedy}`, { details })
  return new PiccoloError(codeOf(status), `${doing} failed: ${said === '' ? 'Podman gave no reason' : said}.`, { details })
}

/** A connection that broke or could not be made. */
export function translateConnection(doing: string, cause: unknown): PiccoloError {
  const text = cause instanceof Error ? cause.message : String(cause)
  return new PiccoloError('unavailable', `${doing} failed: the Podman service went away (${text}). It is started anew by the next call.`, { cause })
}

/** Podman itself could not be started. */
export function translateSpawn(binary: string, cause: unknown): PiccoloError {
  const missing = cause instanceof Error && 'code' in cause && cause.code === 'ENOENT'
  const message = missing
    ? `There is no ${binary} on this machine: install Podman 4 or later (Debian: apt-get install podman runc netavark catatonit).`
    : `${binary} could not be started: ${cause instanceof Error ? cause.message : String(cause)}.`
  return new PiccoloError('unavailable', message, { cause })
}

/** A file or directory of ours or of Podman's that can't be used. */
export function translateFile(doing: string, cause: unknown): PiccoloError {
  const code = cause instanceof Error && 'code' in cause ? cause.code : undefined
  const text = cause instanceof Error ? cause.message : String(cause)
  if (code === 'ENOENT') return new PiccoloError('not-found', `${doing} failed: ${text}. Check the path.`, { cause })
  if (code === 'ENOSPC' && /watch/.test(text)) {
    return new PiccoloError('resource-exhausted', `${doing} failed: ${text}. Raise fs.inotify.max_user_watches.`, { cause })
  }
  if (code === 'EMFILE') return new PiccoloError('resource-exhausted', `${doing} failed: ${text}. Raise fs.inotify.max_user_instances.`, { cause })
  if (code === 'ENOSPC') return new PiccoloError('resource-exhausted', `${doing} failed: ${text}. Free some disk.`, { cause })
  return new PiccoloError('unavailable', `${doing} failed: ${text}.`, { cause })
}

function codeOf(status: number | undefined): ErrorCode {
  if (status === 404) return 'not-found'
  if (status === 409) return 'conflict'
  if (status === 400) return 'invalid-argument'
  return 'unavailable'
}

/** Podman's log lines (`time="…" level=error msg="…"`) reduced to what they say, on one line. */
function tidy(text: string): string {
  return text
    .replace(/time="[^"]*" level=\w+ msg="((?:[^"\\]|\\.)*)"/g, (_, said: string) => said.replace(/\\"/g, '"'))
    .replace(/^Error: /gm, '')
    .split('\n').map((line) => line.trim()).filter((line) => line !== '').join('; ')
    .replace(/[.;\s]+$/, '')
    .slice(0, 2_000)
}
