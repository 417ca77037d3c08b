import { existsSync } from 'node:fs'
import { dirname } from 'node:path'
import { Option, type Command } from 'commander'
import type { Master } from '@piccolo/core'
import { PiccoloError, type Logger, type StateStoreAdapter } from '@piccolo/core/spi'
import { readCredential } from '../credential/credential.js'
import { credentialPath, defaultPlaces } from '../credential/places.js'
import { keepAdminCredential } from '../daemon/admin-credential.js'
import { addStoreOptions, masterStore, type MasterStoreOptions } from '../daemon/master-store.js'
import { addDaemonOptions, loggerOf, type DaemonOptions } from '../daemon/options.js'
import { unlessStopped, untilStopped } from '../daemon/until-stopped.js'
import { vouchForClock } from '../daemon/vouch-for-clock.js'
import { makeDirectory } from '../files/make-directory.js'
import type { CliHost } from '../host.js'
import { parseDuration } from '../text/duration.js'
import { jsonLine } from '../text/for-programs.js'
import { hostPort } from '../text/host-port.js'
import { addPassphraseOption, authorityIn, passphraseOf, type PassphraseOptions } from './authority-options.js'
import { collect, credentialOption } from './common.js'

interface MasterCommandOptions extends DaemonOptions, MasterStoreOptions, PassphraseOptions {
  readonly cluster: string
  readonly directory: string
  readonly listen: string
  readonly api: string
  readonly nodes?: string
  readonly name?: readonly string[]
  readonly joining: 'token' | 'manual'
  readonly certificateLife?: string
  readonly newAuthority?: true
}

export function addMaster(program: Command, host: CliHost): void {
  const places = defaultPlaces(host)
  const command = program.command('master')
    .description('run a master until it is asked to stop')
    .option('--cluster <name>', 'name of the cluster; part of every identity in it, for good', 'piccolo')
    .option('--directory <dir>', 'where its state and its certificate authority live', places.master)
    .option('--listen <host:port>', 'where nodes dial', hostPort('--listen'), '0.0.0.0:47100')
    .option('--api <host:port>', 'where people and programs get in', hostPort('--api'), '127.0.0.1:47099')
    .option('--nodes <file>', `the nodes that may join; default: ${places.nodeList}, if it is there`)
    .addOption(new Option('--joining <how>', 'whether a token is enough to join, or a person approves each node as well').choices(['token', 'manual']).default('token'))
    .option('--certificate-life <duration>', 'how long certificates hold, from 1m on; nodes renew theirs from a third of it on; default: 90 days')
    .option('--new-authority', 'when the certificate authority is lost for good: go on with another one; every node has to join anew')
    .option('--name <host>', 'a host name or address for the server certificate, for browsers; may be repeated', collect)
  addDaemonOptions(addStoreOptions(addPassphraseOption(command))).action(async (options: MasterCommandOptions) => {
    await unlessStopped(host.stop, () => runMaster(host, options, credentialPath(host, credentialOption(command))))
  })
}

async function runMaster(host: CliHost, options: MasterCommandOptions, credential: string): Promise<void> {
  const parts = await masterParts()
  const logger = loggerOf(host, options)
  const planned = plan(host, options, { ...parts, store: await masterStore(options), logger })
  // A damaged one would be noticed only when the cluster is founded already.
  await readCredential(credential)
  // Everything was checked: from here on there are traces.
  await makeDirectory('--directory', options.directory)
  await makeDirectory('--credential', dirname(credential))
  await using master = await planned.start(host.stop)

  const api = master.surfaces[0]?.address ?? ''
  const people = parts.x509Authenticator({ directory: authorityIn(options.directory), authoritiesPem: () => master.authoritiesPem })({ clock: parts.systemClock, random: parts.systemRandom, logger })
  const outcome = await keepAdminCredential({
    path: credential, apiAddress: api, caPem: master.authoritiesPem.join(''),
    knows: async (token) => (await people.authenticate({ type: 'bearer', token }, host.stop)) !== undefined,
    mint: async () => (await parts.adminCredential({ directory: authorityIn(options.directory) }, host.stop)).token,
  })
  if (outcome === 'foreign') logger.warn({ credential }, 'the credential file belongs to another cluster; name another place with --credential')
  if (options.readyJson === true) await host.out.write(jsonLine({ ready: true, cluster: master.cluster, address: master.address, api, credential }))
  else await host.err.write(`The master of cluster "${master.cluster}" is up. Nodes dial ${master.address}, the API is ${api}, the credential is ${credential}.\n`)
  const { clockIsRight } = master
  const cancel = vouchForClock({ clockIsRight, nowMs: host.nowMs, logger })
  try {
    await untilStopped(host.stop, master.ended)
  } finally {
    cancel()
  }
}

type MasterParts = Awaited<ReturnType<typeof masterParts>>

/** Refuses whatever is wrong with the options; opens nothing. */
function plan(host: CliHost, options: MasterCommandOptions, { logger, store, ...parts }: MasterParts & { readonly logger: Logger; readonly store: StateStoreAdapter }): Master {
  const { createMaster, grpcTransport, checkHostName, x509Auth, httpApi } = parts
  const nodes = nodeListOf(host, options)
  for (const name of options.name ?? []) checkHostName(name)
  return createMaster({
    cluster: options.cluster,
    transport: grpcTransport({ listen: options.listen }),
    store,
    auth: x509Auth({ directory: authorityIn(options.directory), ...passphraseOf(options) }),
    surfaces: [httpApi({ listen: options.api })],
    joining: options.joining,
    ...(options.certificateLife === undefined ? {} : { certificateLifeMs: parseDuration('--certificate-life', options.certificateLife) }),
    ...(options.newAuthority === true && { newAuthority: true }),
    logger,
    ...(nodes === undefined ? {} : { nodes }),
    ...(options.name === undefined ? {} : { names: ['localhost', '127.0.0.1', '::1', ...options.name] }),
  })
}

/** Loaded only here: `piccolo get` starts faster without them, and an agent never has a master in memory. */
async function masterParts() {
  const [{ createMaster }, { grpcTransport }, { x509Auth, x509Authenticator, adminCredential, checkHostName }, { httpApi }, { systemClock, systemRandom }] = await Promise.all([
    import('@piccolo/core'), import('@piccolo/transport-grpc'), import('@piccolo/auth-x509'), import('@piccolo/http-api'), import('@piccolo/core/system'),
  ])
  return { createMaster, grpcTransport, adminCredential, checkHostName, x509Auth, x509Authenticator, httpApi, systemClock, systemRandom }
}

function nodeListOf(host: CliHost, { nodes }: MasterCommandOptions): string | undefined {
  const path = nodes ?? defaultPlaces(host).nodeList
  if (existsSync(path)) return path
  if (nodes !== undefined) throw new PiccoloError('invalid-argument', `master: --nodes: there is no ${nodes}`)
  return undefined
}
