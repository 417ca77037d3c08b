import { pathToFileURL } from 'node:url'

/** What `import.meta.url` is to an ES module. */
export const moduleUrl = pathToFileURL(__filename).href
