import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { root } from '../house.js'

/** The YAML blocks of a page, in order. */
export function yamlBlocksOf(page: string): readonly string[] {
  return blocksOf(page, 'yaml')
}

/** The commands of a page's shell blocks, in order: without their comments, and each as one line. */
export function commandsOf(page: string): readonly string[] {
  return blocksOf(page, 'sh').flatMap((block) => block.replaceAll(/\\\n\s*/g, '').split('\n')).map((line) => line.replace(/\s+# .*$/, '').trim()).filter((line) => line !== '')
}

/** What the fences of a page say that is in them, each once. */
export function languagesOf(page: string): readonly string[] {
  const fences = [...readFileSync(join(root, page), 'utf8').matchAll(/^```(.*)\n[^]*?^```$/gm)]
  return [...new Set(fences.map(([, language = '']) => language))]
}

function blocksOf(page: string, language: 'yaml' | 'sh'): readonly string[] {
  const text = readFileSync(join(root, page), 'utf8')
  return [...text.matchAll(new RegExp(`^\`\`\`${language}\\n([^]*?)^\`\`\`$`, 'gm'))].map(([, block = '']) => block)
}
