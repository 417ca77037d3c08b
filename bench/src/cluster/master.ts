import { join } from 'node:path'
import { readCredential } from '@piccolo/cli'
import { createClient, type PiccoloClient } from '@piccolo/client'
import { Agent, fetch } from 'undici'
import { piccoloProcess } from './piccolo-process.js'

/** A master of the built command, and the admin's way in. */
export interface MasterProcess {
  readonly client: PiccoloClient
  /** Where nodes dial. */
  readonly address: string
  readonly pid: number
  stop(): Promise<void>
}

/** Starts a master over what lies in the directory, on ports of the system's choice; resolves when it says that it is ready. */
export async function startMaster(directory: string, signal: AbortSignal): Promise<MasterProcess> {
  const credential = join(directory, 'admin.json')
  const master = await piccoloProcess(
    ['--credential', credential, 'master', '--cluster', 'bench', '--directory', join(directory, 'master'), '--listen', '127.0.0.1:0', '--api', '127.0.0.1:0'],
    { signal },
  )
  try {
    const { client, close } = await connect(credential)
    return {
      client, address: String(master.ready['address']), pid: master.pid,
      async stop() {
        await close()
        await master.stop()
      },
    }
  } catch (error) {
    await master.stop()
    throw error
  }
}

async function connect(path: string): Promise<{ readonly client: PiccoloClient; close(): Promise<void> }> {
  const credential = await readCredential(path)
  if (credential === undefined || !('token' in credential)) throw new Error('The master wrote no credential with a token.')
  const { address, caPem, token } = credential
  const dispatcher = new Agent({ connect: { ca: caPem, servername: 'piccolo-master' } })
  const client = createClient({ address, token, fetch: (url, init) => fetch(url, { ...init, dispatcher }) })
  return { client, close: () => dispatcher.destroy() }
}
