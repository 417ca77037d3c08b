import type { ContainerContent, ContainerSpec, WorkloadContent } from '@piccolo/core/spi'

/** Whether a container is made, to the letter, from a container of this content. */
export function isMadeFrom(spec: ContainerSpec, { name, containers, initContainers }: WorkloadContent): boolean {
  if (spec.workload !== name) return false
  return [...initContainers, ...containers].some((content) => content.name === spec.container && recipeOf(content) === recipeOf(spec))
}

/** What decides what a container does. The placement epoch is the agent's own addition. */
function recipeOf({ image, command, args, env, mounts, limits, security, workingDir }: Pick<ContainerContent & ContainerSpec, 'image' | 'env' | 'mounts' | 'limits' | 'security'> & Partial<Pick<ContainerContent, 'command' | 'args' | 'workingDir'>>): string {
  const own = env.filter(({ name }) => name !== 'PICCOLO_PLACEMENT_EPOCH').map(({ name, value }) => [name, value])
  return JSON.stringify([image, command, args, own, mounts, limits, security, workingDir])
}
