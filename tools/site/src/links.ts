import { existsSync, readFileSync, statSync } from 'node:fs'
import { join, posix } from 'node:path'
import { pageAt, ROOT, routeOf } from './pages.ts'

const SCHEME_OR_ANCHOR = /^(?:[a-z]+:|#)/
const CODE_OR_LINK = /(```[\s\S]*?```|`[^`\n]*`)|(\]\(|^\[[^\]]+\]: )([^)\s]+)/gm

/** Of the repository, without `.git`. */
export const REPOSITORY = repositoryUrl()

/** A file or folder of the repository, as pages that leave it link to it. */
const OWN = new RegExp(`^${REPOSITORY}/(?:blob|tree)/main/`)

function repositoryUrl(): string {
  const text = readFileSync(join(ROOT, 'packages/secret/package.json'), 'utf8')
  const { repository } = JSON.parse(text) as { readonly repository: { readonly url: string } }
  return repository.url.replace(/^git\+/, '').replace(/\.git$/, '')
}

/**
 * Resolves a link of the file at `source` as the site has it: to a page as `/guide/start.md`, to another file as its address in
 * the repository. An address in the repository is resolved as a link; others and anchors stay.
 *
 * @throws {Error} if there is no such file
 */
export function resolveLink(source: string, href: string): string {
  const isOwn = OWN.test(href)
  if (!isOwn && SCHEME_OR_ANCHOR.test(href)) return href
  const [path = '', anchor] = href.replace(OWN, '').split('#', 2)
  const folder = isOwn ? '.' : posix.dirname(source)
  const target = posix.join(folder, decodeURI(path)).replace(/\/$/, '')
  const hash = anchor === undefined ? '' : `#${anchor}`
  const page = pageAt(target)
  if (page !== undefined) return `/${routeOf(page) ?? ''}${hash}`
  if (target.startsWith('..') || !existsSync(join(ROOT, target))) {
    throw new Error(`${source} links to ${href}, which does not exist`)
  }
  const view = statSync(join(ROOT, target)).isDirectory() ? 'tree' : 'blob'
  return `${REPOSITORY}/${view}/main/${target}${hash}`
}

/** Resolves the links of a page, for its Markdown below `base`. */
export function relink(source: string, text: string, base: string): string {
  return text.replaceAll(
    CODE_OR_LINK,
    (whole: string, code: string | undefined, before: string, href: string) => {
      if (code !== undefined) return whole
      const link = resolveLink(source, href)
      return `${before}${link.startsWith('/') ? base + link.slice(1) : link}`
    },
  )
}
