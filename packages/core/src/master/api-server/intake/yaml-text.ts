import { isAlias, isCollection, isMap, isPair, isScalar, LineCounter, parseAllDocuments, type Document } from 'yaml'
import { PiccoloError } from '../../../errors/index.js'
import { pathText, type Problem } from './problem.js'

/** Above it a file is refused unread: a board's manifests are some KiB. */
export const maxManifestBytes = 256 * 1024
const maxDocuments = 200
const maxNesting = 64
const maxAliases = 100

export interface YamlDocument {
  readonly value: unknown
  /** A problem at the place in the file that `path` leads to, or as near above it as there is one. */
  problemAt(path: readonly PropertyKey[], message: string): Problem
}

/** Parses every document of a YAML text; empty documents are skipped. Problems are collected, never thrown. */
export function readYaml(file: string, text: string, problems: Problem[]): readonly YamlDocument[] {
  const refuse = (message: string, line = 1, column = 1): readonly YamlDocument[] => {
    problems.push({ file, line, column, path: '', message })
    return []
  }
  if (text.length > maxManifestBytes) return refuse(`expected at most ${String(maxManifestBytes / 1024)} KiB in one file; split it`)
  const deep = tooDeepAt(text)
  if (deep !== undefined) return refuse(`expected at most ${String(maxNesting)} levels of nesting`, deep.line, deep.column)
  const lines = new LineCounter()
  let parsed: readonly Document.Parsed[]
  try {
    parsed = parseAllDocuments(text, { lineCounter: lines, uniqueKeys: true, strict: true, prettyErrors: false, logLevel: 'silent' }) as readonly Document.Parsed[] // empty streams are arrays, too
  } catch (error) {
    return refuse(`expected YAML that can be read: ${error instanceof RangeError ? 'nested too deeply' : PiccoloError.from(error).message}`)
  }
  if (parsed.length > maxDocuments) return refuse(`expected at most ${String(maxDocuments)} documents in one file; split it`)
  return parsed.flatMap((document) => readDocument(file, document, lines, problems))
}

function readDocument(file: string, document: Document.Parsed, lines: LineCounter, problems: Problem[]): readonly YamlDocument[] {
  const at = (offset: number, path: readonly PropertyKey[], message: string): Problem => {
    const { line, col } = lines.linePos(offset)
    return { file, line: Math.max(1, line), column: Math.max(1, col), path: pathText(path), message }
  }
  if (document.errors.length > 0) {
    for (const error of document.errors) problems.push(at(error.pos[0], [], `expected valid YAML: ${error.message}`))
    return []
  }
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

/** Composing is recursive, so depth is bounded before: by brackets and by indentation, quotes and comments ignored on purpose (they only make it stricter). */
function tooDeepAt(text: string): { readonly line: number; readonly column: number } | undefined {
  let flow = 0
  let line = 1
  let lineStart = 0
  const indents: number[] = []
  let atLineStart = true
  for (let index = 0; index < text.length; index += 1) {
    const character = text.charCodeAt(index)
    if (character === 10) {
      line += 1
      lineStart = index + 1
      atLineStart = true
      continue
    }
    if (atLineStart && character !== 32) {
      const indent = index - lineStart
      while (indents.length > 0 && (indents.at(-1) ?? 0) >= indent) indents.pop()
      indents.push(indent)
      atLineStart = character === 45 // each leading "-" may open another level on the same line
    }
    if (character === 91 || character === 123) flow += 1
    if (character === 93 || character === 125) flow = Math.max(0, flow - 1)
    if (flow > maxNesting || indents.length > maxNesting) return { line, column: index - lineStart + 1 }
  }
  return undefined
}
