import { PiccoloError } from '@piccolo/core/spi'
import { closest } from '../text/closest.js'
import { approvals } from './approvals.js'
import { artifacts, artifactsOf } from './artifacts.js'
import { audit } from './audit.js'
import { events } from './events.js'
import { nodes } from './nodes.js'
import { packages } from './packages.js'
import type { ResourceKind } from './resource-kind.js'
import { scenarios } from './scenarios.js'
import { signals } from './signals.js'
import { tokens } from './tokens.js'
import { workloads } from './workloads.js'

/** As YAML spells them, with their plurals. The master has the last word: these are for what a person types. */
const artifactKinds: Readonly<Record<string, string>> = {
  Scenario: 'scenarios', Package: 'packages', Model: 'models', Node: 'nodes', Volume: 'volumes', Network: 'networks', Policy: 'policies',
  Schedule: 'schedules', Config: 'configs',
}

const withViews: readonly ResourceKind[] = [nodes, workloads, packages, scenarios, signals, tokens, approvals, artifacts, events, audit]

export const resourceKinds: readonly ResourceKind[] = [
  ...withViews,
  ...Object.entries(artifactKinds).flatMap(([kind, plural]) => (withViews.some((each) => each.plural === plural) ? [] : [artifactsOf(kind, plural)])),
]

/** Of these, `piccolo get` without a kind gives the picture. */
export const overviewKinds: readonly ResourceKind[] = [nodes, workloads, packages, scenarios]

/** By plural or singular, whatever the case. */
export function findResourceKind(word: string): ResourceKind {
  const lower = word.toLowerCase()
  const found = resourceKinds.find(({ plural, singular }) => plural === lower || singular === lower)
  return found ?? refuse(word, resourceKinds.map(({ plural }) => plural))
}

export function findArtifactKind(word: string): string {
  const lower = word.toLowerCase()
  const found = Object.entries(artifactKinds).find(([kind, plural]) => kind.toLowerCase() === lower || plural === lower)
  return found?.[0] ?? refuse(word, Object.keys(artifactKinds))
}

function refuse(word: string, kinds: readonly string[]): never {
  const guess = closest(word, kinds)
  throw new PiccoloError('invalid-argument', `"${word}" is not a kind. ${guess === undefined ? `Take one of: ${kinds.join(', ')}.` : `Did you mean "${guess}"?`}`)
}
