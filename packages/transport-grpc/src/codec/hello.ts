import type { Hello } from '@piccolo/core/spi'
import type * as wire from '../generated/piccolo/v1/agent_message.js'
import { journalPosition, setVersion, systemFacts, versionRange } from './common.js'
import { given, maybe, required, word, type Spelled } from './values.js'

const fencings: Readonly<Record<Hello['fencing'], true>> = { supervisor: true, watchdog: true, none: true }

export const hello = {
  toWire: (message: Hello): Spelled<wire.Hello> => ({
    versions: versionRange.toWire(message.versions),
    agentVersion: message.agentVersion,
    nodeId: message.nodeId,
    bootId: message.bootId,
    stateEpoch: message.stateEpoch,
    clusterEpoch: message.clusterEpoch,
    highestRevision: message.highestRevision,
    highestTerm: message.highestTerm,
    held: maybe(message.held, setVersion.toWire),
    journal: journalToWire(message.journal),
    fencing: message.fencing,
    capabilities: [...message.capabilities],
    facts: systemFacts.toWire(message.facts),
  }),
  fromWire: (message: wire.Hello): Hello =>
    given<Hello>({
      type: 'hello',
      versions: versionRange.fromWire(required(message.versions, 'hello.versions')),
      agentVersion: message.agentVersion,
      nodeId: message.nodeId,
      bootId: message.bootId,
      stateEpoch: message.stateEpoch,
      clusterEpoch: message.clusterEpoch,
      highestRevision: message.highestRevision,
      highestTerm: message.highestTerm,
      held: maybe(message.held, setVersion.fromWire),
      journal: journalFromWire(required(message.journal, 'hello.journal')),
      fencing: word(fencings, message.fencing, 'hello.fencing'),
      capabilities: message.capabilities,
      facts: systemFacts.fromWire(required(message.facts, 'hello.facts')),
    }),
}

function journalToWire({ oldest, next, lastSeqs }: Hello['journal']): Spelled<wire.JournalSummary> {
  return {
    oldest: maybe(oldest, journalPosition.toWire),
    next: journalPosition.toWire(next),
    lastSeqs: lastSeqs.map(journalPosition.toWire),
  }
}

function journalFromWire({ oldest, next, lastSeqs }: wire.JournalSummary): Hello['journal'] {
  return given<Hello['journal']>({
    oldest: maybe(oldest, journalPosition.fromWire),
    next: journalPosition.fromWire(required(next, 'hello.journal.next')),
    lastSeqs: lastSeqs.map(journalPosition.fromWire),
  })
}
