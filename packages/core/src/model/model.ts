import * as z from 'zod'
import { containerSchema } from './container.js'
import { documentSchema } from './document.js'
import { podVolumeSchema } from './volume.js'

/** A Kubernetes PodSpec. */
export const podSchema = z
  .looseObject({
    containers: z.array(containerSchema).min(1, 'expected at least one container'),
    initContainers: z.array(containerSchema).nullish(),
    hostNetwork: z.boolean().nullish(),
    hostIPC: z.boolean().nullish(),
    hostname: z.string().nullish(),
    volumes: z.array(podVolumeSchema).nullish(),
    restartPolicy: z.enum(['Always', 'OnFailure', 'Never']).nullish(),
    terminationGracePeriodSeconds: z.number().min(0).max(3600).nullish(),
    runtimeClassName: z.string().nullish(),
    securityContext: z.looseObject({ runAsUser: z.int().min(0).nullish(), runAsGroup: z.int().min(0).nullish() }).nullish(),
  })
  .superRefine((pod, context) => {
    const seen = new Set<string>()
    for (const [list, containers] of [['initContainers', pod.initContainers ?? []], ['containers', pod.containers]] as const) {
      containers.forEach((container, index) => {
        if (seen.has(container.name)) context.addIssue({ code: 'custom', path: [list, index, 'name'], message: `expected a name of its own, but another container is called "${container.name}"` })
        seen.add(container.name)
      })
    }
  })
export type Pod = z.infer<typeof podSchema>

export const modelSchema = documentSchema('Model', podSchema)
export type Model = z.infer<typeof modelSchema>
