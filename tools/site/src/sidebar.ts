import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { DefaultTheme } from 'vitepress'
import { type Page, ROOT } from './pages.ts'

/** The folders that most readers look for, in this order. The others follow. */
const FIRST = ['guide', 'runbooks', 'packages', 'reference', 'decisions']

type Item = DefaultTheme.SidebarItem

/** The pages below one folder of the site, or those that are in none. */
export interface Chapter {
  readonly folder: string
  readonly name: string
  readonly pages: readonly Page[]
}

/** Divides pages by their first folder. In each chapter is first what the README of the repository links, in its order. */
export function chaptersOf(pages: readonly Page[]): Chapter[] {
  const sorted = inReadingOrder(pages)
  const rest = new Set(sorted.map(({ route }) => firstOf(route)).toSorted())
  const folders = new Set(['', ...FIRST.filter((folder) => rest.has(folder)), ...rest])
  return [...folders].map((folder) => ({
    folder,
    name: folder === '' ? 'About' : nameOf(folder),
    pages: sorted.filter(({ route }) => firstOf(route) === folder),
  }))
}

/** Builds the sidebar from the folders of the site and the titles of its pages. */
export function sidebarOf(chapters: readonly Chapter[]): Item[] {
  return chapters.map(({ folder, name, pages }) => ({
    text: name,
    ...(folder !== '' && { collapsed: true }),
    items: itemsOf(pages, folder),
  }))
}

/** The first page of each chapter that most readers look for. */
export function navOf(chapters: readonly Chapter[]): DefaultTheme.NavItemWithLink[] {
  return chapters.flatMap(({ folder, name, pages: [first] }) =>
    FIRST.includes(folder) && first !== undefined
      ? [{ text: name, link: linkOf(first), activeMatch: `^/${folder}/` }]
      : [],
  )
}

function inReadingOrder(pages: readonly Page[]): Page[] {
  const readme = readFileSync(join(ROOT, 'README.md'), 'utf8')
  const rank = ({ source }: Page) => {
    const place = readme.indexOf(`](${source.replace(/\/README\.md$/, '')})`)
    return source === 'README.md' ? -1 : place < 0 ? readme.length : place
  }
  return pages.toSorted(
    (one, other) =>
      rank(one) - rank(other) ||
      one.title.localeCompare(other.title, 'en', { numeric: true, sensitivity: 'base' }),
  )
}

/** The pages in a folder, and groups of those in folders below; a page with the name of such a folder is the head of its group. */
function itemsOf(pages: readonly Page[], folder: string): Item[] {
  const start = folder === '' ? '' : `${folder}/`
  const parts = pages.map((page) => page.route.slice(start.length).replace(/\.md$/, '').split('/'))
  const names = new Set(parts.map(([name = '']) => name))
  return [...names].map((name) => {
    const inside = pages.filter((_, index) => parts[index]?.[0] === name)
    const heads = [`${start}${name}.md`, `${start}${name}/index.md`]
    const head = inside.find(({ route }) => heads.includes(route))
    const below = inside.filter((page) => page !== head)
    return {
      text: head?.title ?? nameOf(name),
      ...(head && { link: linkOf(head) }),
      ...(below.length > 0 && { collapsed: true, items: itemsOf(below, `${start}${name}`) }),
    }
  })
}

function firstOf(route: string): string {
  return route.includes('/') ? (route.split('/', 1)[0] ?? '') : ''
}

function nameOf(folder: string): string {
  const name = folder.replaceAll('-', ' ')
  return name.charAt(0).toUpperCase() + name.slice(1)
}

function linkOf({ route }: Page): string {
  return `/${route.replace(/(^|\/)index\.md$/, '$1').replace(/\.md$/, '')}`
}
