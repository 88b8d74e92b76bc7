import { expect, it } from 'vitest'
import { relink, resolveLink } from './links.ts'
import { readKeptPages } from './pages.ts'

const SOURCE = 'docs/guide/start.md'

it.each([
  ['a page beside it', 'migrate.md', '/guide/migrate.md'],
  ['a place in a page', '../sources.md#vault', '/sources.md#vault'],
  ['a folder with a README', '../../packages/secret', '/packages/secret.md'],
  ['a place in the same page', '#before-production', '#before-production'],
  [
    'an address in the repository',
    'https://github.com/rekey/rekey/blob/main/docs/gate.md#exit-codes',
    '/gate.md#exit-codes',
  ],
  ['an address', 'https://example.org/a', 'https://example.org/a'],
  ['a file', '../../family.json', 'https://github.com/rekey/rekey/blob/main/family.json'],
  ['a folder', '../../services', 'https://github.com/rekey/rekey/tree/main/services'],
])('a link to %s leads there from the site', (_what, href, expected) => {
  expect(resolveLink(SOURCE, href)).toBe(expected)
})

it.each([
  ...['missing.md', '../../packages/missing', '../../../outside.md'],
  'https://github.com/rekey/rekey/blob/main/docs/missing.md',
])('a link to %s, which does not exist, ends the build and names the page', (href) => {
  expect(() => resolveLink(SOURCE, href)).toThrow(`${SOURCE} links to ${href}`)
})

it('no page in git links to a page that is only built, or to a file that is not there', () => {
  const pages = readKeptPages()
  expect(pages.length).toBeGreaterThan(70)
  for (const { source, text } of pages) relink(source, text, '/')
})

it('Markdown has the links of the site below its path, and code keeps its text', () => {
  const text =
    '[a](migrate.md), `[b](missing.md)`, [c][1]\n\n```md\n[d](missing.md)\n```\n\n[1]: ../gate.md\n'
  expect(relink(SOURCE, text, '/rekey/')).toBe(
    '[a](/rekey/guide/migrate.md), `[b](missing.md)`, [c][1]\n\n```md\n[d](missing.md)\n```\n\n[1]: /rekey/gate.md\n',
  )
})
