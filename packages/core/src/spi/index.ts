export { errorCodes, PiccoloError, throwIfAborted, type ErrorCode, type PiccoloErrorOptions } from '../errors/index.js'
export type {
  Ack, AgentBeat, AgentBye, AgentMessage, Assign, AssignedItem, AssignRefused, BeatEcho, Command, CommandBody, ContainerContent,
  ContainerLimits, ContainerSecurity, EnvironmentVariable, Mount, PortMapping, ContainerStateName, ContainerStatus, EnrollReply, EnrollRequest, EventSeverity, Held, HeldItem, Hello, Inventory, JournalEntry,
  JournalPosition, MasterMessage, MessageContext, PublishedSignal, Readiness, ReadinessChanged, ReadinessFinding, Refuse, RenewReply, RenewRequest, Reply,
  Report, SetDelta, SetVersion, SignalsPublished, SignalValue, Status, StatusEntry, Synced, SystemFacts, TimingProfile, Timings, VersionRange, Welcome, WireError,
  WorkloadContent, WorkloadStateName, WorkloadStatus,
} from '../protocol/index.js'
export { maxSignalTextBytes, parseJoinToken, type JoinToken } from '../protocol/index.js'
export type { Adapter, AdapterContext, Cancel, Clock, Digest, Logger, LogMethod, MonotonicMs, Random } from './ambient.js'
export type {
  Authenticator, AuthorityOf, CertificateAuthority, EnrolledIdentity, IssuedCertificate, KnownPeople, KnownPrincipal, MasterAuth, NodeCertificateRequest, NodeCredentials,
  NodeCredentialsAdapter, NodeCredentialsContext, PersonRole, Principal, Proof,
} from './auth.js'
export type {
  ContainerPhase, ContainerRuntime, ContainerRuntimeAdapter, ContainerSpec, ContainerState, ImagesFacet, LogLine, LogsFacet, PodsFacet,
  PodSpec, PodState, RuntimeCapabilities, RuntimeContext, RuntimeEvent, RuntimeHealth, RuntimeScope,
} from './container-runtime.js'
export type { Disk } from './disk.js'
export type { ApprovalRef, ApprovalView, NodeStanding, RevokeRequest, TokenRequest, TokenView } from './joining.js'
export type {
  ApplyResult, ArtifactRef, ArtifactView, AuditEntry, Caller, ClusterEvent, ClusterView, DeleteResult, ManifestFile, NodePhase, NodeView, Operations,
  PackageState, PackageView, ScenarioPhase, ScenarioView, SignalView, WorkloadView,
} from './operations.js'
export type { ReadinessCheck } from './readiness-check.js'
export type { ResourceProbe, ResourceProbeAdapter, ResourceReading } from './resource-probe.js'
export type {
  CommitRequest, CommitResult, ListOptions, ListResult, Mutation, Precondition, Revision, StateStore, StateStoreAdapter,
  StoreCapabilities, StoreChange, StoreEntry, WatchBatch,
} from './state-store.js'
export { checkCommit, checkKey, compareKeys } from './state-store-rules.js'
export { SendWindow } from './send-window.js'
export { LatestReadings } from './latest-readings.js'
export {
  checkSignalNames, isSignalValue, type SignalReading, type SignalSource, type SignalSourceAdapter, type SignalSourceCapabilities,
} from './signal-source.js'
export type { ByteStream } from './stream/byte-stream.js'
export type { DialledStream, StreamAcceptor, StreamDriver } from './stream/stream-driver.js'
export { streamTransport } from './stream/stream-transport.js'
export type { Door, Surface, SurfaceAdapter, SurfaceContext } from './surface.js'
export type {
  AgentChannel, ClientTls, MasterChannel, Peer, ServerTls, SessionChannel, TlsIdentity, Transport, TransportAdapter,
  TransportCapabilities, TransportHandlers, TransportListener, VerifyPeer,
} from './transport.js'
