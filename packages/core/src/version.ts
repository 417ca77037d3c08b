/** Version of this software, for people; what can talk to what is decided by protocol versions. */
export const version = '0.1.0'
