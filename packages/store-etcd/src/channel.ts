import { isIP } from 'node:net'
import { checkServerIdentity } from 'node:tls'
import { Channel, connectivityState, credentials, type ChannelCredentials, type ChannelInterface, type ChannelOptions, type VerifyOptions } from '@grpc/grpc-js'
import type { EtcdTls } from './options.js'

export interface ChannelTarget {
  /** `host:port` */
  readonly address: string
  /** Undefined = no TLS. */
  readonly tls: EtcdTls | undefined
}

/** A gRPC channel of one's own to one member; nothing is dialled before it is used. */
export function channelTo({ address, tls }: ChannelTarget): ChannelInterface {
  if (tls === undefined) return new Channel(address, credentials.createInsecure(), channelOptions)
  const host = address.replace(/:\d+$/, '').replace(/^\[|\]$/g, '')
  if (isIP(host) === 0) return new Channel(address, secure(tls), channelOptions)
  // An address is nothing to ask for by name (RFC 6066), so any name is asked for; the certificate is checked for the address all the same.
  const checked: VerifyOptions = { checkServerIdentity: (_name, certificate) => checkServerIdentity(host, certificate) }
  return new Channel(address, secure(tls, checked), { ...channelOptions, 'grpc.ssl_target_name_override': 'etcd' })
}

/** Calls `lost` once the channel is connected no more. */
export function whenLost(channel: ChannelInterface, lost: () => void): void {
  if (channel.getConnectivityState(false) !== connectivityState.READY) lost()
  else channel.watchConnectivityState(connectivityState.READY, Infinity, lost)
}

/** The same channel to whoever must not close it. */
export function keptOpen(channel: ChannelInterface): ChannelInterface {
  return {
    close: () => undefined,
    getTarget: () => channel.getTarget(),
    getConnectivityState: (tryToConnect) => channel.getConnectivityState(tryToConnect),
    watchConnectivityState: (state, deadline, callback) => channel.watchConnectivityState(state, deadline, callback),
    getChannelzRef: () => channel.getChannelzRef(),
    createCall: (...call) => channel.createCall(...call),
  }
}

const channelOptions: ChannelOptions = {
  // A connection of its own, so that a new channel dials at once instead of sitting out the back-off of the one before.
  'grpc.use_local_subchannel_pool': 1,
  // One attempt.
  'grpc.enable_retries': 0,
  // While something is under way: etcd refuses to be asked more often than every 5 s.
  'grpc.keepalive_time_ms': 10_000,
  'grpc.keepalive_timeout_ms': 5_000,
  'grpc.max_receive_message_length': 32 * 1024 * 1024,
  // etcd is dialled directly, whatever the environment says of proxies.
  'grpc.enable_http_proxy': 0,
  'grpc.enable_channelz': 0,
  'grpc.service_config_disable_resolution': 1,
}

function secure({ authoritiesPem, identity }: EtcdTls, checked?: VerifyOptions): ChannelCredentials {
  const bytes = (pem: string | undefined): Buffer | null => (pem === undefined ? null : Buffer.from(pem))
  return credentials.createSsl(bytes(authoritiesPem), bytes(identity?.privateKeyPem), bytes(identity?.certificateChainPem), checked)
}
