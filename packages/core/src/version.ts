/** Version of this software, for people; what can talk to what is decided by protocol versions. */
export const version = '0.1.0'

/** No clock that is right says less; raised with each release. */
export const releasedAtMs = Date.UTC(2025, 10, 1)
