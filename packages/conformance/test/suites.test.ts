import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import {
  authenticatorSuite, certificateAuthoritySuite, containerRuntimeSuite, diskSuite, nodeCredentialsSuite, resourceProbeSuite, signalSourceSuite, stateStoreSuite,
  transportSuite,
} from '@piccolo/conformance'

const suites = [
  authenticatorSuite, certificateAuthoritySuite, containerRuntimeSuite, diskSuite, nodeCredentialsSuite, resourceProbeSuite, signalSourceSuite, stateStoreSuite,
  transportSuite,
]
const cases = suites.flatMap((suite) => suite.cases.map(({ id, title }) => ({ id, title })))

describe('the suites', () => {
  test('are one for each port', () => {
    expect(suites.map(({ port }) => port).sort()).toEqual([
      'Authenticator', 'CertificateAuthority', 'ContainerRuntime', 'Disk', 'NodeCredentials', 'ResourceProbe', 'SignalSource', 'StateStore', 'Transport',
    ])
  })

  test('give every case an id of its own that can be quoted', () => {
    const ids = cases.map(({ id }) => id)
    expect(ids.filter((id) => !/^[a-z]+\/[a-z]+(-[a-z0-9]+)*$/.test(id))).toEqual([])
    expect(ids.filter((id, index) => ids.indexOf(id) !== index)).toEqual([])
  })

  test('say each claim as a sentence', () => {
    expect(cases.filter(({ title }) => title.split(' ').length < 4 || title.endsWith('.'))).toEqual([])
  })

  test('the README counts them right', () => {
    const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8')
    const rows = [...readme.matchAll(/^\| `\w+` \| (\w+) \| (\d+) \|$/gm)].map(([, port, count]) => `${port ?? ''} ${count ?? ''}`)
    expect(rows.sort()).toEqual(suites.map((suite) => `${suite.port} ${suite.cases.length}`).sort())
  })
})
