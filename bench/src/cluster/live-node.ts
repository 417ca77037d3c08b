import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import type { ApplicantOptions } from './applicant.js'

/** A node that is connected and beats, in a thread of its own: what it waits for is the master, and not a fleet in its own thread. */
export interface LiveNode {
  /** How long each echo took that has come since the last time, in milliseconds. */
  take(): Promise<readonly number[]>
  stop(): Promise<unknown>
}

export async function liveNode(options: ApplicantOptions): Promise<LiveNode> {
  const worker = new Worker(new URL('./live-node-thread.js', import.meta.url), { workerData: options })
  await once(worker, 'message')
  return {
    async take() {
      worker.postMessage('take')
      const [echoes] = (await once(worker, 'message')) as [readonly number[]]
      return echoes
    },
    stop: () => worker.terminate(),
  }
}
