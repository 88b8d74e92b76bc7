// @lane servers
import { execFile } from 'node:child_process'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { promisify } from 'node:util'
import { findEntries } from '@rekey/packaging'
import MiniSearch from 'minisearch'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { readPages, ROOT } from './pages.ts'
import { boostDocument } from './search-order.ts'

const run = promisify(execFile)
const BASE = '/rekey/'

let site: string
/** The text of each built page, by its path. */
let pages: ReadonlyMap<string, string>

const read = (path: string) => readFileSync(join(site, path), 'utf8')

/** The file of the search, from the folder of the site. */
function searchIndex(): string {
  const chunks = join('assets', 'chunks')
  const names = readdirSync(join(site, chunks))
  return join(chunks, names.find((name) => name.includes('localSearchIndex')) ?? '')
}

beforeAll(async () => {
  site = await mkdtemp(join(tmpdir(), 'rekey-site-'))
  const flags = ['--base', BASE, '--outDir', site]
  const env = { ...process.env, NX_DAEMON: 'false' }
  await run('npm', ['run', 'site:build', '--', ...flags], { cwd: ROOT, env, maxBuffer: 2 ** 24 })
  const files = readdirSync(site, { recursive: true, encoding: 'utf8' })
  const built = files.filter((path) => path.endsWith('.html'))
  pages = new Map(built.map((path) => [path, read(path)]))
}, 600_000)

afterAll(() => rm(site, { recursive: true }))

it('each page in docs, each README of a package and each page of a rule is served as HTML and as Markdown', async () => {
  const patterns = [
    'docs/**/*.md',
    'packages/*/README.md',
    'packages/*/docs/*.md',
    'packages/eslint-plugin/docs/rules/*.md',
  ]
  const listed = await run(
    'git',
    ['ls-files', '-co', '--exclude-standard', ...patterns.map((each) => `:(glob)${each}`)],
    { cwd: ROOT },
  )
  const routes = new Map(readPages().map(({ source, route }) => [source, route]))
  const sources = listed.stdout.trim().split('\n')
  expect(sources.length).toBeGreaterThan(70)
  const missing = sources.filter((source) => {
    const route = routes.get(source) ?? 'none.md'
    return !pages.has(route.replace(/\.md$/, '.html')) || !existsSync(join(site, route))
  })
  expect(missing).toEqual([])
})

it('the pages that are not in git are served: of each package, each command and the runbooks', () => {
  const ofPackages = findEntries(ROOT).map(
    ({ name }) => name.replace('@rekey', 'reference/api') + '.html',
  )
  const runbooks = ['index', 'development', 'production']
  const built = [...ofPackages, ...runbooks.map((name) => `runbooks/rotation/${name}.html`)]
  expect(built.filter((path) => !pages.has(path))).toEqual([])
  expect(pages.get('reference/cli.html')).toMatch(
    /id="rekey-rotate"[^]*id="rekey-ca-rotate-status"/,
  )
})

it('llms.txt lists each page, at an address that is served, and llms-full.txt has their text', () => {
  const listed = Array.from(read('llms.txt').matchAll(/^- \[.*\]\((.*)\)$/gm), ([, link]) => link)
  expect(listed.toSorted()).toEqual(
    readPages()
      .map(({ route }) => BASE + route)
      .toSorted(),
  )
  const whole = read('llms-full.txt')
  expect(
    readPages().filter(({ title }) => !whole.replaceAll('`', '').includes(`# ${title}`)),
  ).toEqual([])
})

it('no page links to a page, a file or a heading that is not there', () => {
  const dead: string[] = []
  for (const [path, html] of pages) {
    for (const [, href = ''] of html.matchAll(/<a[^>]* href="([^"]*)"/g)) {
      const [target = '', anchor] = href.split('#', 2)
      if (/^https?:/.test(target)) continue
      const file = target === '' ? path : target.replace(BASE, '').replace(/^$|\/$/, '$&index.html')
      const isThere = existsSync(join(site, file))
      const ids = pages.get(file) ?? ''
      if (!isThere || (anchor && !ids.includes(`id="${decodeURIComponent(anchor)}"`)))
        dead.push(`${path}: ${href}`)
    }
  }
  expect(dead).toEqual([])
})

it('a page loads nothing from another host', () => {
  const foreign: string[] = []
  for (const [path, html] of pages) {
    for (const [tag, address = ''] of html.matchAll(
      /<(?:link|script|img|iframe)[^>]* (?:src|href)="([^"]*)"/g,
    )) {
      if (!address.startsWith(BASE)) foreign.push(`${path}: ${tag}`)
    }
  }
  expect(foreign).toEqual([])
  const styles = readdirSync(join(site, 'assets')).filter((name) => name.endsWith('.css'))
  expect(styles).not.toEqual([])
  for (const name of styles)
    expect(read(`assets/${name}`)).not.toMatch(/(?:url\(|@import )["']?(?:https?:)?\/\//)
})

it('parts that fold are tabs, and no page shows their markup', () => {
  const of = (path: string) => pages.get(path) ?? ''
  const tabs = (path: string) => of(path).match(/data-title="[^"]*"/g) ?? []
  expect(tabs('guide/start.html')).toHaveLength(3)
  expect(tabs('runbooks/rotation/production.html').length).toBeGreaterThan(40)
  expect([...pages].filter(([, html]) => html.includes('<p>&lt;details&gt;'))).toEqual([])
})

/** Finds pages as the search of the site does: its defaults, and the order of the site's own. */
async function searchSite(query: string): Promise<string[]> {
  const { default: text } = (await import(pathToFileURL(join(site, searchIndex())).href)) as {
    readonly default: string
  }
  const index = MiniSearch.loadJSON(text, {
    fields: ['title', 'titles', 'text'],
    storeFields: ['title', 'titles'],
    searchOptions: {
      ...{ fuzzy: 0.2, prefix: true, boost: { title: 4, text: 2, titles: 1 } },
      boostDocument,
    },
  })
  return index.search(query).map(({ id }) => String(id))
}

it.each(['stuck rotation', 'audit log', 'standby', 'write a kind', 'prisma', 'leaked key'])(
  'the search for "%s" finds a guide before a decision',
  async (query) => {
    const found = await searchSite(query)
    const isIn = (folder: string) => (id: string) => id.includes(`/${folder}/`)
    const decision = found.findIndex(isIn('decisions'))
    expect(found.findIndex(isIn('guide'))).toBeGreaterThanOrEqual(0)
    expect(found.slice(0, decision < 0 ? undefined : decision).some(isIn('guide'))).toBe(true)
  },
)

it('the search finds a factory, a rule and an answer of a guide', () => {
  const index = read(searchIndex()).toLowerCase()
  for (const term of ['createkeyring', 'no-secret-in-logs', 'stuck']) expect(index).toContain(term)
})
