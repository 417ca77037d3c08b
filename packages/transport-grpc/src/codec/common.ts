import type { JournalPosition, MessageContext, SetVersion, SystemFacts, VersionRange } from '@piccolo/core/spi'
import type * as wire from '../generated/piccolo/v1/common.js'
import { finite, fromUint, given, toUint, type Spelled } from './values.js'

export const versionRange = {
  toWire: ({ min, max }: VersionRange): Spelled<wire.VersionRange> => ({ min: toUint(min, 'versions.min'), max: toUint(max, 'versions.max') }),
  fromWire: ({ min, max }: wire.VersionRange): VersionRange =>
    given<VersionRange>({ min: fromUint(min, 'versions.min'), max: fromUint(max, 'versions.max') }),
}

export const systemFacts = {
  toWire: (facts: SystemFacts): Spelled<wire.SystemFacts> => ({
    hostname: facts.hostname,
    architecture: facts.architecture,
    os: facts.os,
    kernel: facts.kernel,
    cpuCores: finite(facts.cpuCores, 'facts.cpuCores'),
    memoryBytes: toUint(facts.memoryBytes, 'facts.memoryBytes'),
    diskBytes: toUint(facts.diskBytes, 'facts.diskBytes'),
    runtime: facts.runtime,
    cgroupVersion: toUint(facts.cgroupVersion, 'facts.cgroupVersion'),
    bootId: facts.bootId,
  }),
  fromWire: (facts: wire.SystemFacts): SystemFacts =>
    given<SystemFacts>({
      hostname: facts.hostname,
      architecture: facts.architecture,
      os: facts.os,
      kernel: facts.kernel,
      cpuCores: finite(facts.cpuCores, 'facts.cpuCores'),
      memoryBytes: fromUint(facts.memoryBytes, 'facts.memoryBytes'),
      diskBytes: fromUint(facts.diskBytes, 'facts.diskBytes'),
      runtime: facts.runtime,
      cgroupVersion: fromUint(facts.cgroupVersion, 'facts.cgroupVersion'),
      bootId: facts.bootId,
    }),
}

export const messageContext = {
  toWire: ({ traceparent, requestId, principal }: MessageContext): Spelled<wire.MessageContext> => ({ traceparent, requestId, principal }),
  fromWire: ({ traceparent, requestId, principal }: wire.MessageContext): MessageContext =>
    given<MessageContext>({ traceparent, requestId, principal }),
}

export const journalPosition = {
  toWire: ({ incarnation, seq }: JournalPosition): Spelled<wire.JournalPosition> => ({
    incarnation: toUint(incarnation, 'position.incarnation'),
    seq: toUint(seq, 'position.seq'),
  }),
  fromWire: ({ incarnation, seq }: wire.JournalPosition): JournalPosition =>
    given<JournalPosition>({ incarnation: fromUint(incarnation, 'position.incarnation'), seq: fromUint(seq, 'position.seq') }),
}

export const setVersion = {
  toWire: ({ generation, digest }: SetVersion): Spelled<wire.SetVersion> => ({ generation, digest }),
  fromWire: ({ generation, digest }: wire.SetVersion): SetVersion => given<SetVersion>({ generation, digest }),
}
