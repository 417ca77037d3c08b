import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PiccoloError, type ManifestFile } from '@piccolo/core/spi'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { piccolo } from '../support/cli.js'

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'piccolo-manifests-'))
  await mkdir(join(folder, 'shop'))
  await writeFile(join(folder, 'shop', 'b.yml'), 'b')
  await writeFile(join(folder, 'shop', 'a.yaml'), 'a')
  await writeFile(join(folder, 'shop', 'README.md'), 'no manifest')
  await writeFile(join(folder, 'broken.yaml'), Uint8Array.of(0xff, 0xfe))
  await mkdir(join(folder, 'empty'))
})
afterAll(async () => { await rm(folder, { recursive: true }) })

function catching() {
  const caught: (readonly ManifestFile[])[] = []
  const apply = (files: readonly ManifestFile[]) => { caught.push(files); return Promise.resolve({ revision: 1n, artifacts: [], warnings: [] }) }
  return { caught, client: { apply } }
}

describe('piccolo apply', () => {
  it('takes files, folders in order of name, and standard input', async () => {
    const { caught, client } = catching()
    expect((await piccolo(['apply', '-f', join(folder, 'shop'), '-f', '-'], { client, input: 'ü' })).code).toBe(0)
    expect(caught).toEqual([[{ name: join(folder, 'shop', 'a.yaml'), text: 'a' }, { name: join(folder, 'shop', 'b.yml'), text: 'b' }, { name: 'stdin', text: 'ü' }]])
  })

  it('takes files without -f as well, as a shell spells out -f *.yaml', async () => {
    const { caught, client } = catching()
    const [first, second] = [join(folder, 'shop', 'a.yaml'), join(folder, 'shop', 'b.yml')]
    for (const args of [['-f', first, second], [first, second]]) await piccolo(['apply', ...args], { client })
    expect(caught.map((files) => files.map(({ name }) => name))).toEqual([[first, second], [first, second]])
  })

  it('says what became of each artifact, and warns on standard error', async () => {
    const { out, err } = await piccolo(['apply', '-f', '-'])
    expect(out).toBe('Package/shop created\nModel/web unchanged\n')
    expect(err).toBe('warning: shop.yaml:3:1: odd: not a field that Piccolo knows\n')
    expect(JSON.parse((await piccolo(['apply', '-f', '-', '-o', 'json'])).out)).toMatchObject({ revision: '14' })
  })

  it('prints problems as file:line:column: message', async () => {
    const problems = [{ file: 'a.yaml', line: 3, column: 7, path: 'spec.models', message: 'expected at least one model' }, { file: 'b.yaml', line: 1, column: 1, path: '', message: 'expected valid YAML\u001b[2J' }]
    const apply = () => Promise.reject(new PiccoloError('invalid-manifest', 'a.yaml:3:7 …', { details: { problems } }))
    const { code, out, err } = await piccolo(['apply', '-f', '-'], { client: { apply } })
    expect({ code, out }).toEqual({ code: 2, out: '' })
    expect(err).toBe('a.yaml:3:7: spec.models: expected at least one model\nb.yaml:1:1: expected valid YAML [2J\npiccolo: 2 problems; nothing was changed\n')
  })

  it.each([
    ['a missing file', () => ['apply', '-f', join(folder, 'absent.yaml')], 'no such file'], ['a folder without manifests', () => ['apply', '-f', join(folder, 'empty')], '*.yaml'],
    ['another encoding', () => ['apply', '-f', join(folder, 'broken.yaml')], 'UTF-8'], ['no file at all', () => ['apply'], 'apply -f shop.yaml'],
  ])('refuses %s before it asks the master', async (_title, args, words) => {
    const { code, err, connected } = await piccolo(args())
    expect({ code, connected }).toEqual({ code: 2, connected: [] })
    expect(err).toMatch(/^piccolo: /)
    expect(err).toContain(words)
  })
})

describe('piccolo delete', () => {
  it('deletes what files name, or one artifact', async () => {
    expect((await piccolo(['delete', '-f', '-'])).out).toBe('Package/shop deleted\nModel/web deleted\n')
    expect((await piccolo(['delete', 'packages', 'shop'])).out).toBe('Package/shop deleted\n')
  })

  it.each([[['delete']], [['delete', 'package']], [['delete', '-f', '-', 'package', 'shop']], [['delete', 'pakage', 'shop']]])('refuses %j before it asks the master', async (args) => {
    expect(await piccolo(args)).toMatchObject({ code: 2, connected: [], err: expect.stringMatching(/^piccolo: /) as string })
  })
})
