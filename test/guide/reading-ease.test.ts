import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { GUIDE, listPages } from './guide-blocks.ts'
import { countSyllables, readingEase, sentencesOf } from './reading-ease.ts'

const LEAST_EASE = 55
const MOST_WORDS = 30

const PAGES = listPages().flatMap((page) => {
  const sentences = sentencesOf(readFileSync(join(GUIDE, page), 'utf8'))
  // A page may be a table alone.
  return sentences.length === 0 ? [] : [{ page, sentences, ease: readingEase(sentences) }]
})

it('each page of the guide reads at least as easily as plain English', () => {
  const listed = PAGES.map(
    ({ page, sentences, ease }) =>
      `${page.padEnd(32)} ${ease.toFixed(0)}  ${String(sentences.length)} sentences`,
  )
  console.info(`Flesch reading ease, at least ${String(LEAST_EASE)}\n${listed.join('\n')}`)
  expect(PAGES.filter(({ ease }) => ease < LEAST_EASE).map(({ page }) => page)).toEqual([])
})

it('no sentence of the guide has more than 30 words', () => {
  const long = PAGES.flatMap(({ page, sentences }) =>
    sentences
      .filter(({ words }) => words.length > MOST_WORDS)
      .map(({ text, words }) => `${page}: ${String(words.length)} words: ${text}`),
  )
  expect(long).toEqual([])
})

it.each([
  [1, 'the rights role use used change keys moved three does type logs stopped there'],
  [2, 'secret service version changes issued rotates ended before reason people table being'],
  [3, 'services database replica receiver rotation deployment overlap'],
  [4, 'operator revocation authority'],
])('words of %i syllables are counted as such', (count, text) => {
  const words = text.split(' ')
  expect(words.map((word) => [word, countSyllables(word)])).toEqual(
    words.map((word) => [word, count]),
  )
})

it('code is one word, and tables, blocks, headings and file names are no sentences', () => {
  const page = [
    '# Not this one',
    'Run `npx rekey status` first. See [the page](a.md#b)!',
    '**`a.ts`**',
    '```ts\nlet a\n```',
    '| a | b |\n| - | - |',
    '- one\n- two',
    '> [!NOTE]\n> **You need** a database.',
  ].join('\n\n')
  expect(sentencesOf(page).map(({ words }) => words.join(' '))).toEqual([
    'Run 0code first',
    'See the page',
    'one',
    'two',
    'You need a database',
  ])
})

it('short words in short sentences read more easily', () => {
  const easy = readingEase(sentencesOf('The cat sat. It was warm. Then it left.'))
  const hard = readingEase(
    sentencesOf('Organizational considerations necessitate comprehensive documentation.'),
  )
  expect(easy).toBeGreaterThan(100)
  expect(hard).toBeLessThan(0)
})
