import { PiccoloError } from '@piccolo/core/spi'

/** What `listen` fails with, and what a person can do about it. */
export function listenError(error: Error, address: string): PiccoloError {
  const code = 'code' in error ? String(error.code) : ''
  const details = { address, reason: code }
  if (code === 'EADDRINUSE') return new PiccoloError('failed-precondition', `httpApi: ${address} is in use. Stop the program that has it, or listen elsewhere.`, { cause: error, details })
  if (code === 'EACCES') return new PiccoloError('permission-denied', `httpApi: not allowed to listen on ${address}. Take a port above 1023, or start with the right to bind it.`, { cause: error, details })
  if (code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND') return new PiccoloError('invalid-argument', `httpApi: ${address} is not an address of this machine.`, { cause: error, details })
  return new PiccoloError('unavailable', `httpApi: cannot listen on ${address}: ${error.message}`, { cause: error, details })
}
