import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Linter } from 'eslint'
import { expect, it } from 'vitest'
import { findWords, wordsRule } from './words.ts'

const ROOT = join(import.meta.dirname, '../..')
const LINK = /\]\([^)]*\)/g

function pages(): string[] {
  const listed = execFileSync('git', ['ls-files', '-co', '--exclude-standard', '*.md'], {
    cwd: ROOT,
    encoding: 'utf8',
  })
  return listed.trim().split('\n')
}

function wordsIn(code: string): string[] {
  const config = { plugins: { repo: { rules: { words: wordsRule } } }, rules: { 'repo/words': 2 } }
  const messages = new Linter().verify(code, config as Linter.Config)
  return messages.map(
    ({ line, message }) => `${String(line)}: ${/"(.*?)"/.exec(message)?.[1] ?? message}`,
  )
}

it('no page uses a word of the list', () => {
  const names = pages()
  expect(names).toContain('README.md')
  const found = names.flatMap((name) => {
    const text = readFileSync(join(ROOT, name), 'utf8').replace(LINK, (part) =>
      ' '.repeat(part.length),
    )
    return findWords(text).map(({ index, word, advice }) => {
      const line = text.slice(0, index).split('\n').length
      return `${name}:${String(line)}: "${word}": ${advice}`
    })
  })
  expect(found).toEqual([])
})

it.each([
  ['a docstring that begins with "What"', '/** What it needs. */', ['1: What']],
  [
    'a docstring of several lines',
    '/**\n * How {@link X} works.\n * Nobody waits. */',
    ['2: How {@link', '3: Nobody'],
  ],
  ['a message', "throw new Error('the store told us')", ['1: told']],
  ['a template', 'print(`${name} was taken back`)', ['1: taken back']],
])('the linter reports %s', (_what, code, expected) => {
  expect(wordsIn(code)).toEqual(expected)
})

it.each([
  ['code in a docstring', '/** Writes `nobody`. */'],
  ['a comment beside the code', '// somebody'],
  ['an identifier', "send('undo', tells)"],
])('the linter lets %s pass', (_what, code) => {
  expect(wordsIn(code)).toEqual([])
})
