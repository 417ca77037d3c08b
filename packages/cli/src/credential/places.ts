import { join } from 'node:path'
import type { ProcessHost } from '../host.js'

export interface Places {
  readonly credential: string
  readonly nodeList: string
  readonly master: string
  readonly agent: string
}

/** Where things are unless told otherwise: the system's places for root, the XDG directories for everybody else. */
export function defaultPlaces({ user, environment }: Pick<ProcessHost, 'user' | 'environment'>): Places {
  const configuration = user.root ? '/etc/piccolo' : join(directory(environment['XDG_CONFIG_HOME'], user.home, '.config'), 'piccolo')
  const state = user.root ? '/var/lib/piccolo' : join(directory(environment['XDG_STATE_HOME'], user.home, '.local/state'), 'piccolo')
  return {
    credential: join(configuration, 'admin.json'),
    nodeList: join(configuration, 'node.yaml'),
    master: join(state, 'master'),
    agent: join(state, 'agent'),
  }
}

/** The specification asks to ignore relative paths. */
function directory(given: string | undefined, home: string, usual: string): string {
  return given?.startsWith('/') === true ? given : join(home, usual)
}

/** `--credential`, then PICCOLO_CREDENTIAL, then the default place. */
export function credentialPath(host: Pick<ProcessHost, 'user' | 'environment'>, option: string | undefined): string {
  const fromEnvironment = host.environment['PICCOLO_CREDENTIAL']
  return option ?? (fromEnvironment === '' ? undefined : fromEnvironment) ?? defaultPlaces(host).credential
}
