export { createClient, type ClientOptions } from './create-client.js'
export type { BodyReader, FetchLike, FetchLikeInit, FetchLikeResponse } from './fetch-like.js'
export type { AuditRequest, CallOptions, ConnectionNews, ContainerLogLine, EventsRequest, FollowOptions, LogsRequest, PiccoloClient } from './piccolo-client.js'
