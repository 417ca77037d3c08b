/**
 * The server's half of @grpc/grpc-js under the names that transport-grpc knows it by; the client's half is there for whoever dials, which a master
 * never does. Its own entry also loads five load balancers, name services and what reads .proto files.
 */
const { Status } = require('@grpc/grpc-js/build/src/constants')
const { setLogger } = require('@grpc/grpc-js/build/src/logging')
const { Metadata } = require('@grpc/grpc-js/build/src/metadata')
const { Server } = require('@grpc/grpc-js/build/src/server')
const { ServerCredentials } = require('@grpc/grpc-js/build/src/server-credentials')

const client = () => require('./grpc-client.cjs')

module.exports = {
  Metadata, Server, ServerCredentials, setLogger, status: Status,
  get CallCredentials() { return client().CallCredentials },
  get ChannelCredentials() { return client().ChannelCredentials },
  get Client() { return client().Client },
  get experimental() { return client().experimental },
}
