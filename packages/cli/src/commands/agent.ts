import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { Option, type Command } from 'commander'
import type { AgentOptions, TimingProfile } from '@piccolo/core/agent'
import { parseJoinToken, PiccoloError, type ContainerRuntimeAdapter } from '@piccolo/core/spi'
import { defaultPlaces } from '../credential/places.js'
import { addDaemonOptions, loggerOf, type DaemonOptions } from '../daemon/options.js'
import { unlessStopped, untilStopped } from '../daemon/until-stopped.js'
import { makeDirectory } from '../files/make-directory.js'
import type { ProcessHost } from '../host.js'
import { jsonLine } from '../text/for-programs.js'
import { hostPort } from '../text/host-port.js'

interface AgentCommandOptions extends DaemonOptions, PodmanCommandOptions {
  readonly master?: readonly string[]
  readonly discoverSrv?: string
  readonly directory: string
  readonly token?: string
  readonly tokenFile?: string
  readonly nodeId?: string
  readonly runtime: 'podman' | 'process'
  readonly profile: TimingProfile
}

interface PodmanCommandOptions {
  readonly podman?: string
  readonly podmanRoot?: string
  readonly podmanRunroot?: string
  readonly podmanTmpdir?: string
  readonly containersConf?: string
  readonly storageConf?: string
}

export function addAgent(program: Command, host: ProcessHost): void {
  describeAgent(program.command('agent'), host)
}

/** Makes a command the agent's: a subcommand of `piccolo`, or a program of its own. */
export function describeAgent(command: Command, host: ProcessHost): Command {
  command
    .description('run the agent of a node until it is asked to stop; its workloads run on')
    .option('--master <host:port,...>', 'where the master is reached; several are tried in turn, and it may be repeated', collectAddresses)
    .option('--discover-srv <name>', 'instead of --master: the DNS SRV records that say it, e.g. _piccolo._tcp.line-7.example')
    .option('--directory <dir>', 'the only place it writes to', defaultPlaces(host).agent)
    .option('--token <token>', 'join token, for the first start; better in PICCOLO_TOKEN or a file, where other users cannot see it')
    .option('--token-file <file>', 'a file with the join token')
    .option('--node-id <id>', 'the id it would like; default: the host name', parseNodeId)
    .addOption(new Option('--runtime <runtime>', 'what runs the workloads').choices(['podman', 'process']).default('podman'))
    .option('--podman <binary>', 'default: podman, found by PATH')
    .option('--podman-root <dir>', 'a Podman instance of its own: images and containers; with the next two')
    .option('--podman-runroot <dir>', 'its state of what runs')
    .option('--podman-tmpdir <dir>', 'its exits, events and locks')
    .option('--containers-conf <file>', "instead of the system's containers.conf")
    .option('--storage-conf <file>', "instead of the system's storage.conf")
    .addOption(new Option('--profile <profile>', 'what kind of link it has').choices(['lan', 'default', 'cellular']).default('default'))
  addDaemonOptions(command).action(async (options: AgentCommandOptions) => {
    await unlessStopped(host.stop, () => runAgent(host, options))
  })
  return command
}

async function runAgent(host: ProcessHost, options: AgentCommandOptions): Promise<void> {
  const { createAgent, grpcTransport, x509Credentials } = await agentParts()
  const { master, shownAs } = await mastersOf(options)
  const planned = createAgent({
    master,
    transport: grpcTransport(),
    runtime: await runtimeOf(options),
    auth: x509Credentials(tokenSource(host, options)),
    stateDirectory: options.directory,
    profile: options.profile,
    logger: loggerOf(host, options),
    ...(options.nodeId === undefined ? {} : { nodeId: options.nodeId }),
  })
  // Everything was checked: from here on there are traces.
  await makeDirectory('--directory', options.directory)
  await using agent = await planned.start()

  const { nodeId } = agent
  if (options.readyJson === true) await host.out.write(jsonLine({ ready: true, ...(nodeId === undefined ? {} : { nodeId }) }))
  else await host.err.write(`The agent ${nodeId === undefined ? 'is up and joins' : `of node "${nodeId}" is up, for`} the master at ${shownAs}.\n`)
  await untilStopped(host.stop)
}

async function mastersOf({ master, discoverSrv }: AgentCommandOptions): Promise<{ readonly master: AgentOptions['master']; readonly shownAs: string }> {
  if (master !== undefined && discoverSrv === undefined) return { master, shownAs: master.join(', ') }
  if (master !== undefined || discoverSrv === undefined) throw new PiccoloError('invalid-argument', 'agent: say where the master is, with --master HOST:PORT or with --discover-srv NAME')
  const { srvDiscovery } = await import('@piccolo/core/system')
  return { master: srvDiscovery(discoverSrv), shownAs: discoverSrv }
}

/** Loaded only here, and without anything of a master's: a board pays for every megabyte. */
async function agentParts() {
  const [{ createAgent }, { grpcTransport }, { x509Credentials }] = await Promise.all([
    import('@piccolo/core/agent'), import('@piccolo/transport-grpc'), import('@piccolo/auth-x509/agent'),
  ])
  return { createAgent, grpcTransport, x509Credentials }
}

function tokenSource(host: ProcessHost, { token, tokenFile }: AgentCommandOptions) {
  if (token !== undefined && tokenFile !== undefined) throw new PiccoloError('invalid-argument', 'agent: give --token or --token-file, not both')
  if (tokenFile !== undefined) return { tokenFile }
  const given = token ?? host.environment['PICCOLO_TOKEN']
  if (given === undefined || given === '') return {}
  parseJoinToken(given)
  return { token: given }
}

async function runtimeOf(options: AgentCommandOptions): Promise<ContainerRuntimeAdapter> {
  const directories = podmanDirectories(options)
  if (options.runtime === 'process') {
    refusePodmanOptions(options)
    const { processRuntime } = await import('@piccolo/runtime-process')
    return processRuntime({ directory: join(options.directory, 'processes') })
  }
  for (const file of [options.containersConf, options.storageConf]) {
    if (file !== undefined && !existsSync(file)) throw new PiccoloError('invalid-argument', `agent: there is no ${file}`)
  }
  const { podmanRuntime } = await import('@piccolo/runtime-podman')
  return podmanRuntime({
    ...(directories === undefined ? {} : { directories }),
    ...(options.podman === undefined ? {} : { binary: options.podman }),
    ...(options.containersConf === undefined ? {} : { containersConf: options.containersConf }),
    ...(options.storageConf === undefined ? {} : { storageConf: options.storageConf }),
  })
}

function refusePodmanOptions({ podman, podmanRoot, podmanRunroot, podmanTmpdir, containersConf, storageConf }: PodmanCommandOptions): void {
  if ([podman, podmanRoot, podmanRunroot, podmanTmpdir, containersConf, storageConf].every((option) => option === undefined)) return
  throw new PiccoloError('invalid-argument', 'agent: --runtime process runs no Podman: leave out what belongs to it, or take --runtime podman')
}

function podmanDirectories({ podmanRoot, podmanRunroot, podmanTmpdir }: PodmanCommandOptions) {
  if (podmanRoot === undefined && podmanRunroot === undefined && podmanTmpdir === undefined) return undefined
  if (podmanRoot === undefined || podmanRunroot === undefined || podmanTmpdir === undefined) {
    throw new PiccoloError('invalid-argument', 'agent: --podman-root, --podman-runroot and --podman-tmpdir make one Podman instance: give all three')
  }
  return { root: podmanRoot, runroot: podmanRunroot, tmpdir: podmanTmpdir }
}

function collectAddresses(value: string, before: readonly string[] = []): readonly string[] {
  const addresses = value.split(',').map((address) => address.trim()).filter((address) => address !== '')
  // One that is wrong would be dialled in vain for ever.
  return [...before, ...addresses.map(hostPort('--master'))]
}

/** As the master takes it; a certificate can hold no other. */
function parseNodeId(text: string): string {
  if (/^[A-Za-z0-9]([A-Za-z0-9_.-]{0,61}[A-Za-z0-9])?$/.test(text)) return text
  throw new PiccoloError('invalid-argument', `--node-id: expected letters, digits, "-", "_" and ".", at most 63, found "${text}"`)
}
