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

it.each(GUARDED_FILES)(
  'the test of each guard of $file is found in $tests',
  ({ tests, guards }) => {
    const titles = titlesIn(readFileSync(join(ROOT, tests), 'utf8'))
    const named = guards.map(([, , , missedBy]) => missedBy)
    expect(named.filter((name) => !titles.some((title) => title.test(name)))).toEqual([])
  },
)

/** The strings in a file, as patterns of the names that vitest makes of them; one that is all filled in would be the name of any test. */
function titlesIn(code: string): readonly RegExp[] {
  const strings = Array.from(code.matchAll(/(['`])((?:(?!\1).)+)\1/g), ([, , text = '']) => text)
  const inParts = strings.map((text) => text.split(/%[a-z]|\$[\w.]+/))
  return inParts
    .filter((parts) => parts.join('') !== '')
    .map((parts) => {
      const escaped = parts.map((part) => part.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`))
      return new RegExp(`^${escaped.join('.+')}$`)
    })
}
