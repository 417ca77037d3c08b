import { readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Authenticator, Principal } from '@piccolo/core/spi'
import { adminCredential, personCredential, x509Auth } from '@piccolo/auth-x509'
import { contextAt, signal, temporaryDirectory } from './helpers/cluster.js'

let directory: Awaited<ReturnType<typeof temporaryDirectory>>
let place: string
let authenticator: Authenticator

beforeEach(async () => {
  directory = await temporaryDirectory()
  place = join(directory.path, 'auth')
  authenticator = x509Auth({ directory: place }).authenticator(contextAt())
})
afterEach(() => directory.remove())

const who = (token: string): Promise<Principal | undefined> => authenticator.authenticate({ type: 'bearer', token }, signal)

describe("the administrator's token", () => {
  test('works at once, with a master that runs already', async () => {
    expect(await who('pcu1.0123456789ab.' + '0'.repeat(40))).toBeUndefined()
    const { token } = await adminCredential({ directory: place }, signal)
    expect(await who(token)).toEqual({ kind: 'person', name: 'admin', role: 'admin' })
  })

  test('has at least 128 bits and is kept as a hash only, where nobody else reads it', async () => {
    const { token } = await adminCredential({ directory: place }, signal)
    const [, , secret] = /^(pcu1\.[a-z0-9]+)\.([0-9a-f]{32,})$/.exec(token) ?? []
    expect(secret).toBeDefined()
    const kept = await readFile(join(place, 'people.json'), 'utf8')
    expect(kept).not.toContain(secret)
    expect((await stat(join(place, 'people.json'))).mode & 0o777).toBe(0o600)
  })

  test('made again replaces the lost one, and no other', async () => {
    const viewer = await personCredential({ directory: place, name: 'wall-screen', role: 'viewer' }, signal)
    const lost = await adminCredential({ directory: place }, signal)
    const found = await adminCredential({ directory: place }, signal)
    expect(await who(lost.token)).toBeUndefined()
    expect(await who(found.token)).toMatchObject({ role: 'admin' })
    expect(await who(viewer.token)).toEqual({ kind: 'person', name: 'wall-screen', role: 'viewer' })
  })

  test("one person's id with another one's secret is nobody", async () => {
    const [ada, ben] = [await personCredential({ directory: place, name: 'ada', role: 'admin' }, signal), await personCredential({ directory: place, name: 'ben', role: 'viewer' }, signal)]
    const [, adaId] = ada.token.split('.')
    const [, , benSecret] = ben.token.split('.')
    expect(await who(`pcu1.${adaId ?? ''}.${benSecret ?? ''}`)).toBeUndefined()
  })
})

test.each(['', '{', '[]', '{"people":[{"id":"x"}]}', '{"people":[{"id":"a","name":"b","role":"god","secretHash":"c"}]}'])('a damaged list of people (%j) is an error, not an empty list', async (text) => {
  const { token } = await adminCredential({ directory: place }, signal)
  await writeFile(join(place, 'people.json'), text)
  await expect(who(token)).rejects.toMatchObject({ code: 'corrupt' })
  await expect(adminCredential({ directory: place }, signal)).rejects.toMatchObject({ code: 'corrupt' })
  expect(await readFile(join(place, 'people.json'), 'utf8')).toBe(text)
})
