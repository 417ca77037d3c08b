import { describe, expect, it } from 'vitest'
import { startApi, tokens } from '../../http-api/test/support/api.js'
import { nodeView } from '../../http-api/test/support/fake-operations.js'
import { connectOverHttps } from '../src/credential/connect.js'

describe('the connection over HTTPS', () => {
  it('trusts the credential\'s authority, and checks the master\'s name instead of the address', async () => {
    await using api = await startApi()
    const address = api.address.replace('127.0.0.1', 'localhost')
    const client = await connectOverHttps({ address, caPem: api.caPem, token: tokens.admin })
    expect(await client.nodes()).toEqual([nodeView])
  })

  it('refuses a master of another authority', async () => {
    await using api = await startApi()
    const { testCertificates } = await import('../../http-api/test/support/certificate.js')
    const client = await connectOverHttps({ address: api.address, caPem: (await testCertificates()).caPem, token: tokens.admin })
    await expect(client.nodes()).rejects.toMatchObject({ code: 'unauthenticated' })
  })
})
