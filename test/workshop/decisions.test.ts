import { execFileSync } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'

const ROOT = join(import.meta.dirname, '../..')
const FOLDER = join(ROOT, 'docs/decisions')
const PAGES = readdirSync(FOLDER).filter((name) => name !== 'README.md')
const DECISION = /^## ((\d+) · .*)\n([^]*?)(?=^## |(?![^]))/gm

const decisions = PAGES.flatMap((page) =>
  Array.from(
    readFileSync(join(FOLDER, page), 'utf8').matchAll(DECISION),
    ([, heading = '', id, body = '']) => ({ page, heading, id: Number(id), body }),
  ),
)
const ids = decisions.map(({ id }) => id)

/** The parts of the repository's texts that match an extended regular expression. */
function partsLike(pattern: string): string[] {
  const found = execFileSync('git', ['grep', '--untracked', '-IohE', pattern], {
    cwd: ROOT,
    encoding: 'utf8',
  })
  return [...new Set(found.trim().split('\n'))]
}

/** The id that a Git host and the site give a heading. */
function anchorOf(heading: string): string {
  return heading
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}\s_-]/gu, '')
    .replaceAll(/\s/g, '-')
}

it('decisions fill at most twelve pages, each decision at most 120 words', () => {
  expect(PAGES.length).toBeLessThanOrEqual(12)
  const words = decisions.map(({ id, body }) => ({ id, words: body.match(/\S*\w\S*/g)?.length }))
  expect(words.filter((each) => (each.words ?? 0) > 120)).toEqual([])
})

it('each decision has a number of its own, which the index lists', () => {
  const index = readFileSync(join(FOLDER, 'README.md'), 'utf8')
  const listed = Array.from(
    index.matchAll(/^- \[.*\]\((.*)\): (.*)$/gm),
    ([, page, numbers = '']) => numbers.split(', ').map((id) => `${page ?? ''} ${id}`),
  )
  expect(new Set(ids).size).toBe(ids.length)
  expect(listed.flat().toSorted()).toEqual(
    decisions.map(({ page, id }) => `${page} ${String(id)}`).toSorted(),
  )
})

it('each reference to a decision leads to one', () => {
  const numbers = partsLike('[Dd]ecision [0-9]+').map((part) => Number(part.split(' ')[1]))
  expect(numbers).toContain(63)
  expect(numbers.filter((id) => !ids.includes(id))).toEqual([])
  const anchors = decisions.map(({ page, heading }) => `decisions/${page}#${anchorOf(heading)}`)
  const links = partsLike('decisions/[a-z0-9-]+\\.md(#[^)]*)?')
  expect(links.filter((link) => !anchors.includes(link))).toEqual([])
})
