import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join, posix } from 'node:path'

/** The top of the repository. */
export const ROOT = join(import.meta.dirname, '../../..')

/** A page of the site. */
export interface Page {
  /** Its file, from the top of the repository. */
  readonly source: string
  /** Where it is in the site, such as `guide/start.md`; beside it is the same as HTML. */
  readonly route: string
  /** Its first heading. */
  readonly title: string
  readonly text: string
}

/** Where `npm run reference` builds the pages that are not in git. */
export const GENERATED = 'tools/site/generated'

/** Where the pages in git are. */
const KEPT = ['.', 'deploy', 'docs', 'packages']

/** The page that a visitor sees first; it has no place among the others. */
const HOME = 'tools/site/home.md'

/** Where pages are, and where each is in the site. */
const ROUTES: readonly (readonly [source: RegExp, route: string])[] = [
  [/^tools\/site\/home\.md$/, 'index.md'],
  [/^README\.md$/, 'overview.md'],
  [/^([A-Z]+)\.md$/, '$1.md'],
  [/^(deploy)\/README\.md$/, '$1.md'],
  [/^packages\/eslint-plugin\/docs\/(rules\/.*)$/, 'reference/$1'],
  [/^(packages\/[^/]+)\/README\.md$/, '$1.md'],
  [/^(packages\/[^/]+)\/docs\/([^/]*\.md)$/, '$1/$2'],
  [/^(?:docs|tools\/site\/generated)\/(?:(.*\/))?README\.md$/, '$1index.md'],
  [/^(?:docs|tools\/site\/generated)\/(.*\.md)$/, '$1'],
]

/** Where the file at `source` is in the site, if it is a page. */
export function routeOf(source: string): string | undefined {
  const found = ROUTES.find(([pattern]) => pattern.test(source))
  return found && source.replace(found[0], found[1]).toLowerCase()
}

/** Reads each page of the site apart from its home. @throws {Error} if the generated ones are not built */
export function readPages(): Page[] {
  return [...readKeptPages(), ...pagesIn(GENERATED)]
}

/** Reads the pages that are in git. */
export function readKeptPages(): Page[] {
  return KEPT.flatMap(pagesIn)
}

function pagesIn(folder: string): Page[] {
  return markdownIn(folder).flatMap((source) => {
    const route = routeOf(source)
    if (route === undefined) return []
    const text = readFileSync(join(ROOT, source), 'utf8')
    const title = /^# (.*)$/m.exec(text)?.[1]?.replaceAll('`', '')
    if (title === undefined) throw new Error(`${source} has no title: begin it with "# "`)
    return [{ source, route, title, text }]
  })
}

/** Patterns of the Markdown that is no page. */
export function otherMarkdown(): string[] {
  const pages = new Set([HOME, ...readPages().map(({ source }) => source)])
  return ['.', ...topFolders()].flatMap(markdownIn).filter((source) => !pages.has(source))
}

function topFolders(): string[] {
  const entries = readdirSync(ROOT, { withFileTypes: true })
  return entries
    .filter((entry) => entry.isDirectory() && isOurs(entry.name))
    .map(({ name }) => name)
}

/** The Markdown below a folder; of the top, what is there. */
function markdownIn(folder: string): string[] {
  return readdirSync(join(ROOT, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = posix.join(folder, entry.name)
    if (entry.isDirectory()) return folder === '.' || !isOurs(entry.name) ? [] : markdownIn(path)
    return path.endsWith('.md') ? [path] : []
  })
}

function isOurs(folder: string): boolean {
  return !/^(?:\..*|node_modules|dist|out-tsc|corpus|coverage)$/.test(folder)
}

/** The page that stands for a file or folder of the repository. */
export function pageAt(path: string): string | undefined {
  return [path, posix.join(path, 'README.md')].find(
    (source) => routeOf(source) !== undefined && existsSync(join(ROOT, source)),
  )
}
