import * as z from 'zod'
import { nameSchema } from './name.js'
import { cpuQuantitySchema, memoryQuantitySchema } from './quantity.js'

const portNumberSchema = z.int('expected a port number').min(1, 'expected a port from 1 to 65535').max(65_535, 'expected a port from 1 to 65535')
const quantitiesSchema = z.looseObject({ cpu: cpuQuantitySchema.nullish(), memory: memoryQuantitySchema.nullish() })

export const environmentVariableSchema = z.looseObject({
  name: z.string().regex(/^[A-Za-z_][A-Za-z0-9_.-]*$/, 'expected the name of an environment variable'),
  value: z.string('expected text; put numbers and booleans in quotes').nullish(),
})

export const containerPortSchema = z.looseObject({
  containerPort: portNumberSchema,
  hostPort: portNumberSchema.nullish(),
  hostIP: z.string().nullish(),
  protocol: z.enum(['TCP', 'UDP']).nullish(),
  name: z.string().nullish(),
})

export const containerSecuritySchema = z.looseObject({
  privileged: z.boolean().nullish(),
  runAsUser: z.int().min(0).nullish(),
  runAsGroup: z.int().min(0).nullish(),
  readOnlyRootFilesystem: z.boolean().nullish(),
  allowPrivilegeEscalation: z.boolean().nullish(),
  capabilities: z.looseObject({ add: z.array(z.string()).nullish(), drop: z.array(z.string()).nullish() }).nullish(),
})

/** A container of a Kubernetes PodSpec, as far as a single board can honour it. */
export const containerSchema = z.looseObject({
  name: nameSchema,
  image: z.string().min(1, 'expected the name of an image'),
  imagePullPolicy: z.enum(['Always', 'IfNotPresent', 'Never']).nullish(),
  command: z.array(z.string()).nullish(),
  args: z.array(z.string()).nullish(),
  env: z.array(environmentVariableSchema).nullish(),
  ports: z.array(containerPortSchema).nullish(),
  resources: z.looseObject({ requests: quantitiesSchema.nullish(), limits: quantitiesSchema.nullish() }).nullish(),
  securityContext: containerSecuritySchema.nullish(),
  volumeMounts: z.array(z.looseObject({ name: nameSchema, mountPath: z.string().startsWith('/', 'expected an absolute path'), readOnly: z.boolean().nullish() })).nullish(),
  workingDir: z.string().nullish(),
  stdin: z.boolean().nullish(),
  tty: z.boolean().nullish(),
})
export type Container = z.infer<typeof containerSchema>
