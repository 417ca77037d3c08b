import type * as z from 'zod'
import {
  approvalRecordSchema, artifactRecordSchema, assignmentSchema, clusterAuthoritySchema, clusterIdentitySchema, clusterTimeSchema, deploymentRecordSchema, eventRecordSchema,
  journalRecordSchema, livenessRecordSchema, nodeFactsRecordSchema, nodeRecordSchema, officeSchema, peopleRecordSchema, refusedKeyRecordSchema,
  releaseRecordSchema, scenarioRecordSchema, tokenRecordSchema, workloadStateRecordSchema,
} from '../model/records/index.js'
import { bytesTable, table, type Table } from '../store/index.js'

/** Every prefix of the store, with the one service that writes it. Reading is free to all. */
export const tables = {
  /** ApiServer. `<Kind>/<name>`: what people applied. */
  artifacts: records('artifacts/', artifactRecordSchema),
  /** ApiServer. `<Kind>/<name>/<revision>`: what an apply replaced or a delete took away. */
  history: records('history/', artifactRecordSchema),
  /** ApiServer. */
  nodes: records('nodes/', nodeRecordSchema),
  /** ApiServer. */
  facts: records('facts/', nodeFactsRecordSchema),
  /** ApiServer. */
  tokens: records('tokens/', tokenRecordSchema),
  /** ApiServer. `<key>` */
  approvals: records('approvals/', approvalRecordSchema),
  /** ApiServer. `<key>` */
  refusedKeys: records('refused-keys/', refusedKeyRecordSchema),
  /** ActionController. */
  scenarios: records('scenarios/', scenarioRecordSchema),
  /** ActionController. */
  deployments: records('deployments/', deploymentRecordSchema),
  /** ActionController. `<workload>`. */
  releases: records('operations/release/', releaseRecordSchema),
  /** ActionController. `<node>`: the head of a set; `<node>/<item key>`: an item of it. */
  assignments: records('assignments/', assignmentSchema),
  /** ActionController. `<digest>` */
  contents: bytesTable('contents/'),
  /** MonitoringServer. */
  liveness: records('liveness/', livenessRecordSchema),
  /** StateManager. `<node>/workload/<name>` */
  states: records('states/', workloadStateRecordSchema),
  /** StateManager. */
  journals: records('journals/', journalRecordSchema),
  /** Whoever did the deed, through the event log. */
  events: records('events/', eventRecordSchema),
  /** Likewise. */
  audit: records('audit/', eventRecordSchema),
  /** create-master. */
  identity: records('cluster/', clusterIdentitySchema),
  /** create-master. */
  authority: records('cluster/', clusterAuthoritySchema),
  /** create-master. */
  time: records('cluster/', clusterTimeSchema),
  /** create-master. */
  office: records('cluster/', officeSchema),
  /** ApiServer. */
  people: records('cluster/', peopleRecordSchema),
} as const

function records<Schema extends z.ZodType>(prefix: string, schema: Schema): Table<z.infer<Schema>> {
  return table({ prefix, parse: (json) => schema.parse(json) })
}
