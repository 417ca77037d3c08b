import * as z from 'zod'
import { revisionSchema } from './revision.js'

/** The artifacts a deployment stands on, each at the revision that was current when it was launched. */
export const deploymentSourcesSchema = z.looseObject({
  package: revisionSchema,
  models: z.record(z.string(), revisionSchema),
  volumes: z.record(z.string(), revisionSchema),
})
export type DeploymentSources = z.infer<typeof deploymentSourcesSchema>

/** `deployments/<package>`: the Package is wanted, in this version. */
export const deploymentRecordSchema = z.looseObject({
  package: z.string(),
  /** The Scenario that launched it first. Its containers are told this name, so it stays whoever launches it again. */
  scenario: z.string(),
  /** Every Scenario that has launched it, first to last; it ends when none of them is left. */
  launchedBy: z.array(z.string()),
  sources: deploymentSourcesSchema,
  /** What was wanted before the last change; what a rollback goes back to. */
  previous: deploymentSourcesSchema.optional(),
})
export type DeploymentRecord = z.infer<typeof deploymentRecordSchema>
