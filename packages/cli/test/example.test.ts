import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { exampleManifest } from '../src/demo/example.js'

it('the example that the demo deploys is the one in examples/vehicle', () => {
  const file = readFileSync(new URL('../../../examples/vehicle/drive.yaml', import.meta.url), 'utf8')
  expect(file).toBe(exampleManifest('localhost/piccolo/busybox:demo'))
})
