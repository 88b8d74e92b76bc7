import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { readGatePolicy } from './index.ts'

let root: string
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'rekey-policy-'))
})
afterEach(() => rm(root, { recursive: true, force: true }))

it('a repository needs no gate.json: everything is linted, and nothing is excepted', async () => {
  expect(await readGatePolicy(root)).toEqual({
    lint: ['.'],
    scripts: {},
    samples: {},
    exceptions: {},
  })
})

it.each([
  ['no JSON', '{', 'gate.json is no JSON'],
  ['an unknown part', '{ "allow": true }', 'allow'],
  ['nothing to lint', '{ "lint": [] }', 'lint: '],
  [
    'an exception without a neighbour that must be found',
    '{ "exceptions": { "old": { "allowed": { "rule": "jwt", "file": "a", "text": "b" }, "neighbours": [] } } }',
    'exceptions.old.neighbours: ',
  ],
])('refuses a gate.json with %s, and names the part', async (_title, text, message) => {
  await writeFile(join(root, 'gate.json'), text)
  await expect(readGatePolicy(root)).rejects.toThrow(message)
})
