import type { AssignedItem, HeldItem, SetDelta } from '@piccolo/core/spi'
import type * as agentWire from '../generated/piccolo/v1/agent_message.js'
import type * as masterWire from '../generated/piccolo/v1/master_message.js'
import { setVersion } from './common.js'
import { copied, given, maybe, required, type Spelled } from './values.js'

export const heldItem = {
  toWire: ({ key, digest, epoch }: HeldItem): Spelled<agentWire.HeldItem> => ({ key, digest, epoch }),
  fromWire: ({ key, digest, epoch }: agentWire.HeldItem): HeldItem => given<HeldItem>({ key, digest, epoch }),
}

export const setDelta = {
  toWire: (delta: SetDelta): Spelled<masterWire.SetDelta> => ({
    base: maybe(delta.base, setVersion.toWire),
    target: setVersion.toWire(delta.target),
    upserts: delta.upserts.map(itemToWire),
    removals: [...delta.removals],
  }),
  // Not through given: `base` is there even when it is undefined.
  fromWire: (delta: masterWire.SetDelta): Spelled<SetDelta> => ({
    base: maybe(delta.base, setVersion.fromWire),
    target: setVersion.fromWire(required(delta.target, 'assign.delta.target')),
    upserts: delta.upserts.map(itemFromWire),
    removals: delta.removals,
  }),
}

function itemToWire({ key, digest, epoch, content }: AssignedItem): Spelled<masterWire.AssignedItem> {
  return { key, digest, epoch, content }
}

function itemFromWire({ key, digest, epoch, content }: masterWire.AssignedItem): AssignedItem {
  return given<AssignedItem>({ key, digest, epoch, content: copied(content) })
}
