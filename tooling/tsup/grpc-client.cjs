/**
 * The client's half of @grpc/grpc-js under the names that transport-grpc knows it by. Its own entry also loads a server, five load
 * balancers, name services and what reads .proto files: two thirds of it, none of which an agent uses.
 */
const { CallCredentials } = require('@grpc/grpc-js/build/src/call-credentials')
const { statusOrFromValue } = require('@grpc/grpc-js/build/src/call-interface')
// Before the client: they import each other, and its own entry begins here, too.
require('@grpc/grpc-js/build/src/channel')
const { ChannelCredentials } = require('@grpc/grpc-js/build/src/channel-credentials')
const { Client } = require('@grpc/grpc-js/build/src/client')
const { Status } = require('@grpc/grpc-js/build/src/constants')
const { setup } = require('@grpc/grpc-js/build/src/load-balancer-pick-first')
const { setLogger } = require('@grpc/grpc-js/build/src/logging')
const { Metadata } = require('@grpc/grpc-js/build/src/metadata')
const { registerResolver } = require('@grpc/grpc-js/build/src/resolver')

setup()
module.exports = { CallCredentials, ChannelCredentials, Client, Metadata, setLogger, status: Status, experimental: { registerResolver, statusOrFromValue } }
