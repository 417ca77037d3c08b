import { PiccoloError } from '@piccolo/core/spi'
import { closest } from '../text/closest.js'
import { artifacts } from './artifacts.js'
import { events } from './events.js'
import { nodes } from './nodes.js'
import { packages } from './packages.js'
import type { ResourceKind } from './resource-kind.js'
import { scenarios } from './scenarios.js'
import { workloads } from './workloads.js'

export const resourceKinds: readonly ResourceKind[] = [nodes, workloads, packages, scenarios, artifacts, events]

/** Of these, `piccolo get` without a kind gives the picture. */
export const overviewKinds: readonly ResourceKind[] = [nodes, workloads, packages, scenarios]

/** As YAML spells them. The master has the last word: these are for what a person types. */
const artifactKinds = ['Scenario', 'Package', 'Model', 'Node', 'Volume', 'Network', 'Policy', 'Schedule', 'Config']

/** By plural or singular, whatever the case. */
export function findResourceKind(word: string): ResourceKind {
  const lower = word.toLowerCase()
  const found = resourceKinds.find(({ plural, singular }) => plural === lower || singular === lower)
  return found ?? refuse(word, resourceKinds.map(({ plural }) => plural))
}

export function findArtifactKind(word: string): string {
  const lower = word.toLowerCase()
  const found = artifactKinds.find((kind) => kind.toLowerCase() === lower || `${kind.toLowerCase()}s` === lower)
  return found ?? refuse(word, artifactKinds)
}

function refuse(word: string, kinds: readonly string[]): never {
  const guess = closest(word, kinds)
  throw new PiccoloError('invalid-argument', `"${word}" is not a kind. ${guess === undefined ? `Take one of: ${kinds.join(', ')}.` : `Did you mean "${guess}"?`}`)
}
