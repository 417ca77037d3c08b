import type { ManifestFile } from '../../../spi/index.js'
import { artifactKinds, artifactSchemas, isArtifactKind, type Artifact } from '../../../model/index.js'
import { manifestError, placed, type Problem } from './problem.js'
import { unknownFields } from './unknown-fields.js'
import { unstorableValues } from './unstorable-values.js'
import { readYaml, type YamlDocument } from './yaml-text.js'
import { schemaProblems } from './zod-problems.js'

export interface ParsedArtifact {
  readonly artifact: Artifact
  readonly file: string
  readonly line: number
  /** A problem at a place of this document. */
  readonly problemAt: YamlDocument['problemAt']
}

export interface ParsedManifest {
  readonly artifacts: readonly ParsedArtifact[]
  readonly warnings: readonly string[]
}

/** Reads and validates every document of every file. One bad document refuses all: throws `invalid-manifest` with every problem. */
export function parseManifest(files: readonly ManifestFile[]): ParsedManifest {
  const problems: Problem[] = []
  const warnings: string[] = []
  const artifacts: ParsedArtifact[] = []
  const places = new Map<string, ParsedArtifact>()
  for (const file of files) {
    for (const document of readYaml(file.name, file.text, problems)) {
      const artifact = parseArtifact(document, problems, warnings)
      if (artifact === undefined) continue
      const { problemAt } = document
      const parsed = { artifact, file: file.name, line: problemAt([], '').line, problemAt }
      const key = `${artifact.kind}/${artifact.metadata.name}`
      const twin = places.get(key)
      if (twin !== undefined) problems.push(problemAt(['metadata', 'name'], `expected each ${artifact.kind} once, but "${artifact.metadata.name}" stands at ${twin.file}:${String(twin.line)} as well`))
      places.set(key, parsed)
      artifacts.push(parsed)
    }
  }
  if (problems.length === 0 && artifacts.length === 0) {
    problems.push({ file: files[0]?.name ?? '-', line: 1, column: 1, path: '', message: 'expected at least one document' })
  }
  if (problems.length > 0) throw manifestError(problems)
  return { artifacts, warnings }
}

function parseArtifact(document: YamlDocument, problems: Problem[], warnings: string[]): Artifact | undefined {
  const kind = fieldOf(document.value, 'kind')
  if (typeof document.value !== 'object' || Array.isArray(document.value) || typeof kind !== 'string') {
    problems.push(document.problemAt(typeof kind === 'undefined' ? [] : ['kind'], `expected a mapping with apiVersion, kind (${artifactKinds.join(', ')}), metadata and spec`))
    return undefined
  }
  if (!isArtifactKind(kind)) {
    problems.push(document.problemAt(['kind'], `expected one of ${artifactKinds.join(', ')}, found ${JSON.stringify(kind.slice(0, 60))}`))
    return undefined
  }
  const schema = artifactSchemas[kind]
  const result = schema.safeParse(document.value, { reportInput: true })
  if (!result.success) {
    for (const { path, message } of schemaProblems(result.error)) problems.push(document.problemAt(path, message))
    return undefined
  }
  const unstorable = unstorableValues(document.value)
  for (const { path, message } of unstorable) problems.push(document.problemAt(path, message))
  if (unstorable.length > 0) return undefined
  for (const path of unknownFields(schema, document.value)) {
    warnings.push(placed(document.problemAt(path, 'not a field that Piccolo knows; kept, but without effect')))
  }
  return result.data
}

function fieldOf(value: unknown, key: string): unknown {
  return typeof value === 'object' && value !== null && Object.hasOwn(value, key) ? (value as Readonly<Record<string, unknown>>)[key] : undefined
}
