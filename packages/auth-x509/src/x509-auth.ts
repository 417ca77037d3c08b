import type { MasterAuth } from '@piccolo/core/spi'
import { X509Authority, type X509AuthorityOptions } from './authority/x509-authority.js'
import { x509Authenticator } from './x509-authenticator.js'

/** What an authority needs; the directory holds the list of people as well. */
export type X509AuthOptions = X509AuthorityOptions

/** What a master takes as `auth`: an authority of its own, node certificates from it, bearer tokens or certificates for people. */
export function x509Auth(options: X509AuthOptions): MasterAuth {
  let authority: X509Authority | undefined
  return {
    authority: (context) => (authority = new X509Authority(options, context)),
    authenticator: x509Authenticator({
      directory: options.directory,
      authoritiesPem: () => authority?.authoritiesPem ?? [],
      bridgesPem: () => authority?.bridgesPem ?? [],
    }),
  }
}
