export { artifactRecordSchema, type ArtifactRecord } from './artifact-record.js'
export { assignmentSchema, type AssignmentHead, type AssignmentItem, type AssignmentRecord } from './assignment-record.js'
export { clusterIdentitySchema, officeSchema, type ClusterIdentity, type Office } from './cluster-record.js'
export { deploymentRecordSchema, type DeploymentRecord, type DeploymentSources } from './deployment-record.js'
export { eventRecordSchema, type EventRecord } from './event-record.js'
export { livenessRecordSchema, type LivenessRecord } from './liveness-record.js'
export { nodeRecordSchema, type NodeRecord } from './node-record.js'
export { releaseRecordSchema, type ReleaseRecord } from './release-record.js'
export { scenarioRecordSchema, type ScenarioRecord } from './scenario-record.js'
export {
  journalRecordSchema, nodeFactsRecordSchema, workloadStateRecordSchema, type JournalRecord, type NodeFactsRecord, type WorkloadStateRecord,
} from './state-record.js'
export { tokenRecordSchema, type TokenRecord } from './token-record.js'
