import { isIP } from 'node:net'
import { PiccoloError } from '@piccolo/core/spi'

/** The names that certificates of a cluster carry, as URIs in their subject alternative name. */
export const masterUri = (cluster: string): string => `piccolo://${cluster}/master`
export const nodeUri = (cluster: string, nodeId: string): string => `piccolo://${cluster}/node/${nodeId}`
export const personUri = (cluster: string, person: string): string => `piccolo://${cluster}/person/${person}`
export const authorityUri = (cluster: string): string => `piccolo://${cluster}/ca`

/** The common name of a cluster's authority, and of one that a root kept elsewhere has entrusted with signing. */
export const authorityName = (cluster: string): string => `Piccolo CA of ${cluster}`
export const issuingName = (cluster: string): string => `Piccolo issuing CA of ${cluster}`

/** The DNS name of every master's certificate, for TLS stacks that insist on one. */
export const masterDnsName = 'piccolo-master'

const name = '[A-Za-z0-9](?:[A-Za-z0-9_.-]{0,61}[A-Za-z0-9])?'
const hostName = /^(\*\.)?[A-Za-z0-9]([A-Za-z0-9_.-]{0,251}[A-Za-z0-9])?$/
const wholeName = new RegExp(`^${name}$`)
const anyMasterUri = new RegExp(`^piccolo://(${name})/master$`)
const anyNodeUri = new RegExp(`^piccolo://(${name})/node/(${name})$`)
const anyPersonUri = new RegExp(`^piccolo://(${name})/person/(${name})$`)
const anyAuthorityUri = new RegExp(`^piccolo://(${name})/ca$`)

export function clusterOfMaster(uri: string): string | undefined {
  return anyMasterUri.exec(uri)?.[1]
}

export function clusterOfAuthority(uri: string): string | undefined {
  return anyAuthorityUri.exec(uri)?.[1]
}

export function nodeOf(uri: string): { readonly cluster: string; readonly nodeId: string } | undefined {
  const [, cluster, nodeId] = anyNodeUri.exec(uri) ?? []
  return cluster === undefined || nodeId === undefined ? undefined : { cluster, nodeId }
}

export function personOf(uri: string): string | undefined {
  return anyPersonUri.exec(uri)?.[2]
}

/** Refuses what could not stand in a certificate without ambiguity. */
export function checkName(what: string, value: string): void {
  if (wholeName.test(value)) return
  throw new PiccoloError('invalid-argument', `The ${what} "${value}" can't be put into a certificate: letters, digits, "-", "_" and ".", at most 63, beginning and ending with a letter or digit.`)
}

/** Refuses what is neither a DNS name nor an address without a zone. */
export function checkHostName(value: string): void {
  if (isIP(value) !== 0 ? !value.includes('%') : hostName.test(value)) return
  throw new PiccoloError('invalid-argument', `"${value}" is neither a host name nor an IP address; a server certificate can't be made out to it.`)
}
