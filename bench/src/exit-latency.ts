import { setTimeout as pause } from 'node:timers/promises'
import type { Bench } from './bench.js'
import { pollMs, until, withCluster, type Cluster } from './cluster/cluster.js'
import { manifest } from './cluster/manifest.js'

const containers = 24

/** How long the master does not know that a container is gone. */
export const exitLatency: Bench = {
  name: 'exit-latency',
  about: "a container's process is killed until the API says that it is not running",
  unit: 'ms',
  judgedBy: 'p99',
  budget: 250,
  aim: 40,
  run: (signal, say) =>
    withCluster(signal, async (cluster) => {
      const models = Array.from({ length: containers }, (_, index) => `exit-${index}`)
      await cluster.client.apply([manifest({ name: 'exits', node: cluster.node, models, restartPolicy: 'Never' })], { signal })
      await until(async () => (await running(cluster, signal)).size === containers, signal)
      const processes = await processesOf(cluster, models, signal)
      say(`${containers} containers run`)
      // Nothing that starting them woke is still awake.
      await pause(7_000, undefined, { signal })

      const samples: number[] = []
      for (const [model, pid] of processes) {
        const killedMs = performance.now()
        process.kill(pid, 'SIGKILL')
        await until(async () => !(await running(cluster, signal)).has(model), signal)
        samples.push(performance.now() - killedMs)
        // Uneven, so as not to fall in step with anything.
        await pause(150 + ((samples.length * 37) % 100), undefined, { signal })
      }
      const [firstFromRestMs = 0] = samples
      return { samples, details: { firstFromRestMs, slowestMs: Math.max(...samples), pollMs } }
    }),
}

async function running({ client }: Cluster, signal: AbortSignal): Promise<Set<string>> {
  const workloads = await client.workloads({ signal })
  return new Set(workloads.filter(({ state }) => state === 'running').map(({ workload }) => workload))
}

/** Process id, on this machine, of each model's container. */
async function processesOf({ podman }: Cluster, models: readonly string[], signal: AbortSignal): Promise<Map<string, number>> {
  const ids = (await podman.run(['ps', '--quiet'], signal)).split('\n')
  const lines = (await podman.run(['inspect', '--format', '{{.Name}} {{.State.Pid}}', ...ids], signal)).split('\n')
  const found = lines.map((line) => line.split(' '))
  return new Map(
    models.map((model) => {
      const pid = Number(found.find(([name = '']) => name.includes(`${model}_`))?.[1])
      if (!(pid > 1)) throw new Error(`No container of ${model} runs.`)
      return [model, pid]
    }),
  )
}
