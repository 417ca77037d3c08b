import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { PiccoloClient } from '@piccolo/client'
import { connectOverHttps } from '../credential/connect.js'
import type { Credential } from '../credential/credential.js'
import { startChild, type Child } from './child.js'

export interface LocalClusterOptions {
  /** Everything of it goes in here. */
  readonly directory: string
  /** Path of the built `piccolo` command. */
  readonly entry: string
  readonly cluster: string
  /** Further arguments for the master, e.g. `--nodes FILE`. */
  readonly masterArguments?: readonly string[]
  /** Told of every process as soon as it is there, so that it can be found again if this one is killed. */
  readonly onSpawn?: (pid: number) => Promise<void>
}

export interface LocalAgentOptions {
  readonly name: string
  /** Arguments that choose its runtime. */
  readonly runtimeArguments: readonly string[]
  readonly profile?: 'lan' | 'default' | 'cellular'
  readonly environment?: Readonly<Record<string, string>>
  /** A join token made earlier, for a first start while the master is away. */
  readonly token?: string
  /** Addresses it dials, in this order; default: the master's. */
  readonly masters?: readonly string[]
  /** Called with its id before it is ready. */
  readonly onSpawn?: (pid: number) => void
}

/** A master and agents on this machine, each a process of its own, on free ports of the loopback address. */
export interface LocalCluster {
  readonly client: PiccoloClient
  readonly credentialPath: string
  readonly credential: Credential
  /** Where nodes dial. */
  readonly sessionAddress: string
  readonly master: Child
  /** Makes a token for the node on its first start; later starts take up its identity. */
  startAgent(options: LocalAgentOptions): Promise<Child>
  /** The process of that name started last. */
  agent(name: string): Child | undefined
  agentDirectory(name: string): string
  /** Ends the master and starts it again at the same addresses. */
  restartMaster(how: 'stop' | 'kill'): Promise<void>
  stopMaster(how: 'stop' | 'kill'): Promise<void>
  startMaster(): Promise<void>
  /** Ends all processes, agents first. Workloads run on. */
  stop(): Promise<void>
}

export async function localCluster(options: LocalClusterOptions): Promise<LocalCluster> {
  const { directory, entry, cluster, onSpawn: noted = () => Promise.resolve() } = options
  const credentialPath = join(directory, 'admin.json')
  const logs = join(directory, 'logs')
  await mkdir(logs, { recursive: true })
  const agents = new Map<string, Child>()
  let addresses = { session: '127.0.0.1:0', api: '127.0.0.1:0' }

  const launchMaster = async (): Promise<Child> => {
    const child = await startChild({
      name: 'master',
      entry,
      onSpawn: noted,
      logFile: join(logs, 'master.log'),
      arguments: [
        'master', '--cluster', cluster, '--directory', join(directory, 'master'), '--listen', addresses.session, '--api', addresses.api,
        '--credential', credentialPath, ...(options.masterArguments ?? []),
      ],
    })
    addresses = { session: String(child.ready['address']), api: String(child.ready['api']).replace(/^https:\/\//, '') }
    return child
  }

  let master = await launchMaster()
  const { credential, client } = await connect(credentialPath).catch(async (error: unknown) => {
    await master.stop()
    throw error
  })
  const agentDirectory = (name: string): string => join(directory, name)
  const stopMaster = (how: 'stop' | 'kill'): Promise<void> => master[how]()
  const startMaster = async (): Promise<void> => {
    if (!master.running) master = await launchMaster()
  }

  return {
    client,
    credential,
    credentialPath,
    get sessionAddress() {
      return addresses.session
    },
    get master() {
      return master
    },
    agentDirectory,
    agent: (name) => agents.get(name),
    stopMaster,
    startMaster,
    async restartMaster(how) {
      await stopMaster(how)
      await startMaster()
    },
    async startAgent({ name, runtimeArguments, profile = 'lan', environment = {}, token, masters = [addresses.session], onSpawn }) {
      const tokenFile = join(directory, `${name}.token`)
      if (!agents.has(name)) await writeFile(tokenFile, token ?? (await client.createToken({ nodeId: name })).token, { mode: 0o600 })
      const child = await startChild({
        name: `agent ${name}`,
        entry,
        environment,
        onSpawn: (pid) => {
          onSpawn?.(pid)
          return noted(pid)
        },
        logFile: join(logs, `${name}.log`),
        arguments: [
          'agent', '--master', masters.join(','), '--directory', agentDirectory(name), '--token-file', tokenFile, '--node-id', name,
          '--profile', profile, ...runtimeArguments,
        ],
      })
      agents.set(name, child)
      return child
    },
    async stop() {
      await Promise.all([...agents.values()].map((agent) => agent.stop()))
      await master.stop()
    },
  }
}

async function connect(credentialPath: string): Promise<{ readonly credential: Credential; readonly client: PiccoloClient }> {
  const credential = JSON.parse(await readFile(credentialPath, 'utf8')) as Credential // the master has just written it
  return { credential, client: await connectOverHttps(credential) }
}
