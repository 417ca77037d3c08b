import { isAlias, isCollection, isMap, isPair, isScalar, LineCounter, parseAllDocuments, visit, type Document } from 'yaml'
import { PiccoloError } from '../../../errors/index.js'
import { pathText, type Problem } from './problem.js'

/** Above it a file is refused unread: a board's manifests are some KiB, and reading must never hold up the master. */
export const maxManifestBytes = 64 * 1024
const maxLines = 4_000
const maxDocuments = 200
const maxNesting = 64
const maxAliases = 100

export interface YamlDocument {
  readonly value: unknown
  /** A problem at the place in the file that `path` leads to, or as near above it as there is one. */
  readonly problemAt: (path: readonly PropertyKey[], message: string) => Problem
}

/** Parses every document of a YAML text; empty documents are skipped. Problems are collected, never thrown. */
export function readYaml(file: string, text: string, problems: Problem[]): readonly YamlDocument[] {
  const refuse = (message: string, line = 1, column = 1): readonly YamlDocument[] => {
    problems.push({ file, line, column, path: '', message })
    return []
  }
  if (text.length > maxManifestBytes) return refuse(`expected at most ${String(maxManifestBytes / 1024)} KiB in one file; split it`)
  if (occurrences(text, /\n/g) > maxLines) return refuse(`expected at most ${String(maxLines)} lines in one file; split it`)
  if (occurrences(text, /^---/gm) > maxDocuments) return refuse(`expected at most ${String(maxDocuments)} documents in one file; split it`)
  if (occurrences(text, /(?:^|[\s[{,])[*&][^\s*&]/g) > 2 * maxAliases) return refuse(`expected at most ${String(maxAliases)} uses of an anchor`)
  const deep = tooDeepAt(text)
  if (deep !== undefined) return refuse(`expected at most ${String(maxNesting)} levels of nesting`, deep.line, deep.column)
  const lines = new LineCounter()
  let parsed: readonly Document.Parsed[]
  try {
    parsed = parseAllDocuments(text, { lineCounter: lines, uniqueKeys: false, strict: true, resolveKnownTags: false, prettyErrors: false, logLevel: 'silent' }) as readonly Document.Parsed[] // empty streams are arrays, too
  } catch (error) {
    return refuse(`expected YAML that can be read: ${error instanceof RangeError ? 'nested too deeply' : PiccoloError.from(error).message}`)
  }
  return parsed.flatMap((document) => readDocument(file, document, lines, problems))
}

function readDocument(file: string, document: Document.Parsed, lines: LineCounter, problems: Problem[]): readonly YamlDocument[] {
  const at = (offset: number, path: readonly PropertyKey[], message: string): Problem => {
    const { line, col } = lines.linePos(offset)
    return { file, line: Math.max(1, line), column: Math.max(1, col), path: pathText(path), message }
  }
  // A tag that means nothing here would be dropped without a word, and with it what its author meant.
  const complaints = [...document.errors, ...document.warnings.filter(({ code }) => code === 'TAG_RESOLVE_FAILED')]
  if (complaints.length > 0) {
    for (const { pos, message } of complaints) problems.push(at(pos[0], [], `expected valid YAML: ${message}`))
    return []
  }
  const twins = doubledKeys(document)
  for (const { offset, key } of twins) problems.push(at(offset, [], `expected each key once, found "${key}" again`))
  if (twins.length > 0) return []
  let value: unknown
  try {
    value = document.toJS({ maxAliasCount: maxAliases })
  } catch {
    problems.push(at(document.range[0], [], `expected at most ${String(maxAliases)} uses of an anchor`))
    return []
  }
  if (value === null || value === undefined) return []
  return [{ value, problemAt: (path, message) => at(offsetOf(document, path), path, message) }]
}

/** The library's own check compares every key with every other; this one stays fast however many there are. */
function doubledKeys(document: Document.Parsed): readonly { readonly offset: number; readonly key: string }[] {
  const twins: { readonly offset: number; readonly key: string }[] = []
  visit(document, {
    Map(_, map) {
      const seen = new Set<string>()
      for (const { key } of map.items) {
        if (!isScalar(key)) continue
        const name = String(key.value)
        if (seen.has(name)) twins.push({ offset: key.range?.[0] ?? 0, key: name })
        seen.add(name)
      }
    },
  })
  return twins
}

function occurrences(text: string, pattern: RegExp): number {
  let count = 0
  for (const _ of text.matchAll(pattern)) count += 1
  return count
}

/** The source offset of the deepest node along the path; of the key, where the value is missing. */
function offsetOf(document: Document.Parsed, path: readonly PropertyKey[]): number {
  let node: unknown = document.contents
  let offset = document.range[0]
  for (const part of [undefined, ...path]) {
    if (part !== undefined) {
      if (isAlias(node)) node = node.resolve(document)
      if (!isCollection(node)) return offset
      const pair = isMap(node) ? node.items.find((item) => isScalar(item.key) && String(item.key.value) === String(part)) : undefined
      if (pair !== undefined && isScalar(pair.key) && pair.key.range != null) offset = pair.key.range[0]
      node = isPair(pair) ? pair.value : isMap(node) ? undefined : node.get(part, true)
    }
    const range = (node as { range?: readonly [number, number, number] | null } | undefined)?.range // every node type has one, optionally
    if (range != null) offset = range[0]
    else if (part !== undefined && node === undefined) return offset
  }
  return offset
}

/**
 * Parsing and composing recurse, and a stack that overflows inside V8's own code ends the process: so depth is bounded before, by brackets,
 * by indentation and by the indicators that nest on one line. Quotes and comments are ignored on purpose: that only makes it stricter.
 */
function tooDeepAt(text: string): { readonly line: number; readonly column: number } | undefined {
  const indents: number[] = []
  let flow = 0
  let indicators = 0
  let line = 1
  let lineStart = 0
  let atLineStart = true
  for (let index = 0; index < text.length; index += 1) {
    const character = text[index]
    if (character === '\n') {
      line += 1
      lineStart = index + 1
      atLineStart = true
      indicators = 0
      continue
    }
    if (atLineStart && character !== ' ') {
      const indent = index - lineStart
      while ((indents.at(-1) ?? -1) >= indent) indents.pop()
      indents.push(indent)
      atLineStart = false
    }
    if (character === '[' || character === '{') flow += 1
    else if (character === ']' || character === '}') flow = Math.max(0, flow - 1)
    else if (flow === 0 && nests(character, text[index + 1])) indicators += 1
    if (Math.max(flow, indents.length, indicators) > maxNesting) return { line, column: index - lineStart + 1 }
  }
  return undefined
}

/** `- `, `? ` and `: ` each may open a collection within a line. */
function nests(character: string | undefined, next: string | undefined): boolean {
  return (character === '-' || character === '?' || character === ':') && (next === undefined || next === ' ' || next === '\t' || next === '\n' || next === '\r')
}
