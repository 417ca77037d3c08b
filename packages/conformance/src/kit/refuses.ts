import assert, { AssertionError } from 'node:assert/strict'
import { PiccoloError, type ErrorCode } from '@piccolo/core/spi'

/** Asserts that `run` throws, or rejects, with a PiccoloError of one of these codes. */
export async function refuses(code: ErrorCode | readonly ErrorCode[], run: () => unknown): Promise<PiccoloError> {
  const codes = typeof code === 'string' ? [code] : code
  try {
    await run()
  } catch (error) {
    if (error instanceof AssertionError) throw error
    assert.ok(PiccoloError.is(error), `expected a PiccoloError, got ${String(error)}`)
    assert.ok(codes.includes(error.code), `expected ${codes.join(' or ')}, got ${error.code}: ${error.message}`)
    return error
  }
  return assert.fail(`expected a refusal with code ${codes.join(' or ')}`)
}

/** What became of a call whose signal was aborted: well or `aborted`, nothing else. */
export async function outcomeOfAborted<T>(call: Promise<T>): Promise<T | PiccoloError> {
  try {
    return await call
  } catch (error) {
    if (error instanceof AssertionError) throw error
    assert.ok(PiccoloError.is(error, 'aborted'), `aborted, it ended in ${String(error)}`)
    return error
  }
}
