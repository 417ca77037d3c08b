import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Options } from 'tsup'

type Plugin = NonNullable<Options['esbuildPlugins']>[number]

/** Writes the licences of all packages that went into a bundle beside it: whoever ships the file owes them to its users. */
export function notices(path: string): Plugin {
  return {
    name: 'notices',
    setup(build) {
      build.initialOptions.metafile = true
      build.onEnd(({ metafile }) => {
        const used = Object.values(metafile?.outputs ?? {}).flatMap(({ inputs }) => Object.keys(inputs).map(packageOf))
        const directories = [...new Set(used.filter((directory) => directory !== undefined))].sort()
        writeFileSync(path, directories.map(noticeOf).join(`\n${'-'.repeat(72)}\n\n`))
      })
    },
  }
}

/** The directory of the installed package that a file belongs to. */
function packageOf(file: string): string | undefined {
  return /^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(file)?.[0]
}

function noticeOf(directory: string): string {
  // Read at an edge: npm has checked the manifest's shape.
  const { name, version, license } = JSON.parse(readFileSync(join(directory, 'package.json'), 'utf8')) as Record<'name' | 'version' | 'license', string>
  const texts = readdirSync(directory).filter((file) => /^(licen[cs]e|notice)(\.|$)/i.test(file))
  return [`${name} ${version} (${license})`, ...texts.map((file) => readFileSync(join(directory, file), 'utf8').trim())].join('\n\n') + '\n'
}
