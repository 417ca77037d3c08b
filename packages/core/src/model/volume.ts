import * as z from 'zod'
import { documentSchema } from './document.js'
import { nameSchema } from './name.js'

export const podVolumeSchema = z.looseObject({
  name: nameSchema,
  hostPath: z.looseObject({ path: z.string().startsWith('/', 'expected an absolute path'), type: z.string().nullish() }),
})

/** Its volumes take the place of the Model's. */
export const volumeSchema = documentSchema('Volume', z.looseObject({ volumes: z.array(podVolumeSchema) }))
export type Volume = z.infer<typeof volumeSchema>
