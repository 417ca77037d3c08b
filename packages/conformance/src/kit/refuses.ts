import assert from 'node:assert/strict'
import { PiccoloError, type ErrorCode } from '@piccolo/core/spi'

/** Asserts that `run` throws, or rejects, with a PiccoloError of one of these codes. */
export async function refuses(code: ErrorCode | readonly ErrorCode[], run: () => unknown): Promise<PiccoloError> {
  const codes = typeof code === 'string' ? [code] : code
  try {
    await run()
  } catch (error) {
    assert.ok(PiccoloError.is(error), `expected a PiccoloError, got ${String(error)}`)
    assert.ok(codes.includes(error.code), `expected ${codes.join(' or ')}, got ${error.code}: ${error.message}`)
    return error
  }
  return assert.fail(`expected a refusal with code ${codes.join(' or ')}`)
}
