import { relative } from 'node:path'
import { defineConfig, type MarkdownOptions } from 'vitepress'
import { foldDetails } from './details.ts'
import { REPOSITORY, resolveLink } from './links.ts'
import { writeMarkdownCopies } from './markdown-copies.ts'
import { GENERATED, otherMarkdown, readPages, ROOT, routeOf } from './pages.ts'
import { boostDocument } from './search-order.ts'
import { chaptersOf, navOf, sidebarOf } from './sidebar.ts'

const chapters = chaptersOf(readPages())
const sourceOf = new Map(
  chapters.flatMap(({ pages }) => pages.map((page) => [page.route, page.source])),
)

/** The ids that a Git host gives headings, so that one link leads to the same place on both. */
function slugify(heading: string): string {
  return heading
    .trim()
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}\p{M}\s_-]/gu, '')
    .replaceAll(/\s/g, '-')
}

const configureMarkdown: MarkdownOptions['config'] = (md) => {
  foldDetails(md)
  md.core.ruler.push('links', ({ tokens, env }) => {
    const { path, realPath = path } = env as { path?: string; realPath?: string }
    if (realPath === undefined) return
    const source = relative(ROOT, realPath)
    for (const link of tokens.flatMap(({ children }) => children ?? [])) {
      const href = link.attrGet('href')
      if (link.type === 'link_open' && href !== null)
        link.attrSet('href', resolveLink(source, href))
    }
  })
  // Pages are templates of Vue, and these texts are none.
  const text = md.renderer.rules.text
  md.renderer.rules.text = (...parts) => (text?.(...parts) ?? '').replaceAll('{{', '&#123;&#123;')
}

export default defineConfig({
  title: 'Rekey',
  description: 'The whole life of a secret in a family of services.',
  lang: 'en',
  srcDir: ROOT,
  srcExclude: otherMarkdown(),
  rewrites: (source) => routeOf(source) ?? source,
  cacheDir: `${ROOT}/node_modules/.cache/site`,
  markdown: { anchor: { slugify }, config: configureMarkdown, html: false },
  themeConfig: {
    nav: navOf(chapters),
    sidebar: sidebarOf(chapters),
    outline: [2, 3],
    search: { provider: 'local', options: { miniSearch: { searchOptions: { boostDocument } } } },
    socialLinks: [{ icon: 'github', link: REPOSITORY }],
  },
  transformPageData: ({ relativePath, frontmatter }, { siteConfig }) => {
    const source = sourceOf.get(relativePath)
    if (source === undefined) return undefined
    const copy = `${siteConfig.site.base}${relativePath}`
    const head = [['link', { rel: 'alternate', type: 'text/markdown', href: copy }]]
    const isKept = !source.startsWith(`${GENERATED}/`)
    const kept = isKept && { source: `${REPOSITORY}/blob/main/${source}` }
    return { frontmatter: { ...frontmatter, head, copy, ...kept } }
  },
  buildEnd: ({ outDir, site: { base } }) => writeMarkdownCopies(chapters, { outDir, base }),
})
