import { mkdirSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { Extractor, ExtractorConfig } from '@microsoft/api-extractor'
import { root } from '../start/house.mjs'

/** Where the report of an entry stands, to be read in diffs. */
export const reportPath = ({ directory }, { name }) => join(directory, 'api', `${name}.api.md`)

/**
 * Writes down what an entry promises. `{ changed, problems, forgotten }`: whether that differs from the report that stands there, what
 * else is wrong, and which types a reader meets without finding them in this entry. With `update` the report is replaced.
 */
export function extract(published, entry, { update }) {
  const problems = []
  const forgotten = []
  if (update) mkdirSync(dirname(reportPath(published, entry)), { recursive: true })
  const result = Extractor.invoke(configOf(published, entry), {
    localBuild: update,
    printApiReportDiff: !update,
    messageCallback(message) {
      if (message.messageId === 'ae-forgotten-export') forgotten.push(/"(.+?)"/.exec(message.text)?.[1])
      else if (message.category !== 'console' && message.logLevel === 'warning') problems.push(`${message.sourceFilePath}:${message.sourceFileLine}: ${message.text}`)
      else if (message.messageId === 'console-api-report-diff') console.log(message.text)
      message.handled = true
    },
  })
  return { changed: result.apiReportChanged, problems, forgotten }
}

function configOf({ directory, name }, entry) {
  const options = { target: 'ES2022', lib: ['ES2023', 'ESNext.Disposable'], types: ['node'], module: 'NodeNext', strict: true, skipLibCheck: true }
  return ExtractorConfig.prepare({
    configObjectFullPath: undefined,
    packageJsonFullPath: join(directory, 'package.json'),
    configObject: {
      projectFolder: directory,
      mainEntryPointFilePath: entry.types,
      newlineKind: 'lf',
      compiler: { overrideTsconfig: { compilerOptions: options, files: [entry.types] } },
      apiReport: {
        enabled: true, reportFileName: `${entry.name}.api.md`, reportFolder: join(directory, 'api'),
        reportTempFolder: join(root, 'node_modules/.cache/piccolo-api', name),
      },
      docModel: { enabled: false }, dtsRollup: { enabled: false }, tsdocMetadata: { enabled: false },
      messages: {
        compilerMessageReporting: { default: { logLevel: 'warning' } },
        extractorMessageReporting: {
          default: { logLevel: 'warning' },
          // A release has one promise for all of it, and a field named well needs no sentence.
          'ae-missing-release-tag': { logLevel: 'none' }, 'ae-undocumented': { logLevel: 'none' },
        },
        tsdocMessageReporting: { default: { logLevel: 'warning' } },
      },
    },
  })
}
