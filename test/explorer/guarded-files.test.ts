import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { GUARDED_FILES } from './cuts.ts'

const ROOT = join(import.meta.dirname, '../..')

it.each(GUARDED_FILES)('the text of each guard is found once in $file', ({ file, guards }) => {
  const code = readFileSync(join(ROOT, file), 'utf8')
  const others = guards.filter(([, text]) => code.split(text).length !== 2)
  expect(others.map(([holds]) => holds)).toEqual([])
})
