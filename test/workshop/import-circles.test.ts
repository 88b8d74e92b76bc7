import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, it, onTestFinished } from 'vitest'
import { importCircles } from './import-circles.ts'

const TOP = fileURLToPath(new URL('../../', import.meta.url))

it('no two files import each other, but for a secret and the announcement of its birth', () => {
  const listed = execFileSync('git', ['ls-files', '*.ts', '*.tsx'], { cwd: TOP, encoding: 'utf8' })
  const files = listed.split('\n').filter((file) => file !== '' && !file.includes('/corpus/'))
  expect(importCircles(TOP, files)).toEqual([
    ['packages/secret/src/secret-births.ts', 'packages/secret/src/secret.ts'],
  ])
})

it('finds files that import each other, also types alone, and over others', () => {
  const root = mkdtempSync(join(tmpdir(), 'rekey-circles-'))
  onTestFinished(() => {
    rmSync(root, { recursive: true })
  })
  const texts = {
    'a.ts': "import { b } from './b.ts'",
    'b.ts': "import {\n  c,\n} from './c.ts'",
    'c.ts': "export type { A } from './a.ts'",
    'd.ts': "import { a } from './a.ts'",
  }
  for (const [name, text] of Object.entries(texts)) writeFileSync(join(root, name), text)
  expect(importCircles(root, Object.keys(texts))).toEqual([['a.ts', 'b.ts', 'c.ts']])
})
