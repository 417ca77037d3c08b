import type { CertificateAuthority, MasterAuth } from '@piccolo/core/spi'
import { x509Authority } from './authority/x509-authority.js'
import { x509Authenticator } from './x509-authenticator.js'

export interface X509AuthOptions {
  /** Holds the authority's key, its certificate and the hashed tokens of people; made with mode 0700. Back it up: nodes trust this key. */
  readonly directory: string
}

/** What a master takes as `auth`: an authority of its own, node certificates from it, bearer tokens for people. */
export function x509Auth({ directory }: X509AuthOptions): MasterAuth {
  let authority: CertificateAuthority | undefined
  return {
    authority: (context) => (authority = x509Authority({ directory })(context)),
    authenticator: x509Authenticator({ directory, authoritiesPem: () => authority?.authoritiesPem ?? [] }),
  }
}
