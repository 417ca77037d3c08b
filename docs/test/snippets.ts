import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import ts from 'typescript'
import { filesUnder, root } from './house.js'

export interface Snippet {
  /** e.g. `README.md:41`, the line of its first statement. */
  readonly place: string
  /** Declarations that the page takes as given: from a comment `<!-- given: … -->` right before the block, which readers don't see. */
  readonly given: string
  readonly code: string
}

/** Every TypeScript block of the pages a reader sees, and of the docstrings; reports of what a package promises are no programs. */
export function snippets(): Snippet[] {
  const sources = filesUnder(['packages'], '.ts').filter((path) => path.includes('/src/'))
  const pages = ['README.md', 'CONTRIBUTING.md', ...filesUnder(['docs', 'packages', 'examples'], '.md')].filter((page) => !page.endsWith('.api.md'))
  return [
    ...pages.flatMap((page) => blocksOf(page, readFileSync(join(root, page), 'utf8'))),
    ...sources.flatMap((source) => blocksOf(source, docstringsOf(readFileSync(join(root, source), 'utf8')))),
  ]
}

/** What stands in the docstrings of a source, without their stars, each on its own line; every other line is empty. */
export function docstringsOf(source: string): string {
  let isInside = false
  return source.split('\n').map((line) => {
    if (/^\s*\/\*\*/.test(line)) isInside = true
    const text = isInside ? line.replace(/^\s*(\/\*\*|\*\/|\*) ?/, '') : ''
    if (line.includes('*/')) isInside = false
    return text
  }).join('\n')
}

export function blocksOf(page: string, text: string): Snippet[] {
  return [...text.matchAll(/(?:^<!-- given: ([^]*?) -->\n+)?^```(?:ts|typescript)\n([^]*?)^```$/gm)].map(([block, given = '', code = ''], index, all) => ({
    place: `${page}:${text.slice(0, (all[index]?.index ?? 0) + block.indexOf('```')).split('\n').length + 1}`,
    given,
    code,
  }))
}

/** What the compiler says of these snippets, each a module of its own beside the sources, under the house's own options. */
export function problemsIn(checked: readonly Snippet[]): string[] {
  const { options } = ts.parseJsonConfigFileContent(ts.readConfigFile(join(root, 'tsconfig.json'), (path) => ts.sys.readFile(path)).config, ts.sys, root)
  const files = new Map(checked.map((snippet, index) => [join(root, 'docs', `snippet-${index}.ts`), snippet]))
  // A reader's snippet may leave a value unused: it shows how to get it.
  const relaxed = { ...options, noUnusedLocals: false, noUnusedParameters: false }
  const host = ts.createCompilerHost(relaxed)
  const { fileExists, readFile } = host
  host.fileExists = (path) => files.has(path) || fileExists(path)
  host.readFile = (path) => contentOf(files.get(path)) ?? readFile(path)
  host.getSourceFile = (path, target) => {
    const content = contentOf(files.get(path)) ?? readFile(path)
    return content === undefined ? undefined : ts.createSourceFile(path, content, target)
  }
  const program = ts.createProgram([...files.keys()], relaxed, host)
  return [...files].flatMap(([path, { place }]) => {
    const file = program.getSourceFile(path)
    const found = [...program.getSyntacticDiagnostics(file), ...program.getSemanticDiagnostics(file)]
    return found.map(({ messageText, start = 0 }) => {
      const line = file?.getLineAndCharacterOfPosition(start).line ?? 0
      return `${place}, line ${line + 1} of the snippet: ${ts.flattenDiagnosticMessageText(messageText, ' ')}`
    })
  })
}

function contentOf(snippet: Snippet | undefined): string | undefined {
  // What is given comes last, so that lines count as they do on the page; declarations hold from anywhere.
  return snippet === undefined ? undefined : `${snippet.code}\n${snippet.given}\nexport {}\n`
}
