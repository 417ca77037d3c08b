import type { Bench } from './bench.js'
import { pollMs, until, withCluster, type Cluster } from './cluster/cluster.js'
import { manifest } from './cluster/manifest.js'
import { benchImage, willingCommand } from './cluster/podman-instance.js'
import { percentile } from './statistics.js'

const pairs = 20

/** What the cluster adds to starting a container: both ways in turn, so that whatever slows the machine slows both. */
export const deployOverhead: Bench = {
  name: 'deploy-overhead',
  about: 'apply until the API says running, less bare `podman run -d` of the same image',
  unit: 'ms',
  judgedBy: 'p50',
  budget: 100,
  aim: 30,
  run: (signal, say) =>
    withCluster(signal, async (cluster) => {
      const first = await deploy(cluster, 'warm-up', signal)
      await bareRun(cluster, 'warm-up', signal)
      const applies: number[] = []
      const bare: number[] = []
      for (let pair = 0; pair < pairs; pair += 1) {
        const name = `pair-${pair}`
        const measureApply = async () => applies.push(await deploy(cluster, name, signal))
        const measureBare = async () => bare.push(await bareRun(cluster, name, signal))
        // Neither always follows the other's cleaning up.
        for (const measure of pair % 2 === 0 ? [measureApply, measureBare] : [measureBare, measureApply]) await measure()
        say(`${name}: apply ${Math.round(applies.at(-1) ?? 0)} ms, podman run ${Math.round(bare.at(-1) ?? 0)} ms`)
      }
      return {
        samples: applies.map((value, index) => value - (bare[index] ?? 0)),
        details: {
          applyToRunningP50Ms: percentile(applies, 0.5),
          applyToRunningP99Ms: percentile(applies, 0.99),
          bareRunP50Ms: percentile(bare, 0.5),
          bareRunP99Ms: percentile(bare, 0.99),
          firstApplyToRunningMs: first,
          pollMs,
        },
      }
    }),
}

/** Applies a Package of one container, waits until it runs, and takes it away again; gives the milliseconds of the first half. */
async function deploy({ client, node }: Cluster, name: string, signal: AbortSignal): Promise<number> {
  const file = manifest({ name, node, models: [name], restartPolicy: 'Always' })
  const workloads = () => client.workloads({ signal })
  const startedMs = performance.now()
  await client.apply([file], { signal })
  await until(async () => (await workloads()).some(({ workload, state }) => workload === name && state === 'running'), signal)
  const tookMs = performance.now() - startedMs
  await client.deleteManifest([file], { signal })
  await until(async () => (await workloads()).every(({ workload }) => workload !== name), signal)
  return tookMs
}

/** The same container by hand. */
async function bareRun({ podman }: Cluster, name: string, signal: AbortSignal): Promise<number> {
  const startedMs = performance.now()
  await podman.run(['run', '--detach', '--name', `bare-${name}`, benchImage, ...willingCommand], signal)
  const tookMs = performance.now() - startedMs
  await podman.run(['rm', '--force', '--time', '2', `bare-${name}`], signal)
  return tookMs
}
