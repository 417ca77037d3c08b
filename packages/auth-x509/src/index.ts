export { x509Authority, type X509AuthorityOptions } from './authority/x509-authority.js'
export { adminCredential, personCredential, type CredentialOptions } from './people/mint-credential.js'
export { x509Auth, type X509AuthOptions } from './x509-auth.js'
export { x509Authenticator, type X509AuthenticatorOptions } from './x509-authenticator.js'
