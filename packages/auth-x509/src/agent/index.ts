export { createCsr } from './create-csr.js'
export { clockToleranceMs } from './verify-master.js'
export { x509Credentials, type X509CredentialsOptions } from './x509-credentials.js'
export type { TokenSource } from './token-source.js'
