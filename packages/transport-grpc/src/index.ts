export { grpcTransport, type GrpcTransportOptions } from './grpc-transport.js'
