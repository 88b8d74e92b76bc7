import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

const GUIDE = join(import.meta.dirname, '../../docs/guide')
const FENCE = /^```([^\n]*)\n(.*?)^```$/gms
const ATTRIBUTE = /(\w+)="([^"]*)"/g

/** A fenced block of a page of the guide. */
export interface Block {
  readonly page: string
  readonly language: string
  /** What its info string sets, such as `title="src/secrets.ts"`. */
  readonly attributes: Readonly<Record<string, string | undefined>>
  readonly text: string
  /** The block before it on the page. */
  readonly before: Block | undefined
}

/** Which attributes a block of a language may have, beside `unrun`: the reason why it is not executed. */
const ATTRIBUTES: Readonly<Record<string, readonly string[]>> = {
  ts: ['title', 'variant'],
  js: ['title'],
  json: ['title', 'variant'],
  yaml: ['title', 'variant'],
  ini: ['title', 'variant'],
  sh: ['until', 'exit', 'by'],
  sql: ['database'],
  text: [],
}

export function listPages(): string[] {
  return readdirSync(GUIDE).filter((name) => name.endsWith('.md'))
}

export function readBlocks(page: string): Block[] {
  return parseBlocks(page, readFileSync(join(GUIDE, page), 'utf8'))
}

export function parseBlocks(page: string, source: string): Block[] {
  let before: Block | undefined
  return Array.from(source.matchAll(FENCE), ([, info = '', text = '']) => {
    const [language = ''] = info.split(' ')
    const attributes = Object.fromEntries(
      Array.from(info.matchAll(ATTRIBUTE), ([, name = '', value = '']) => [name, value]),
    )
    before = { page, language, attributes, text, before }
    return before
  })
}

/** What keeps a block from being checked, if anything does. */
export function problemOf({ page, language, attributes, text, before }: Block): string | undefined {
  const where = `${page}: ${language} ${text.split('\n', 1)[0] ?? ''}`
  const { unrun, ...others } = attributes
  if (unrun !== undefined && language !== 'ts') {
    return unrun.split(' ').length > 1 ? undefined : `${where}: give a reason in words`
  }
  const known = ATTRIBUTES[language]
  if (known === undefined) return `${where}: nothing executes a block of this language`
  const unknown = Object.keys(others).filter((name) => !known.includes(name))
  if (unknown.length > 0 || unrun !== undefined)
    return `${where}: what is ${unknown.join() || 'unrun'}?`
  if (known.includes('title') && others['title'] === undefined) return `${where}: needs a title`
  if (language === 'text' && before?.language !== 'sh') return `${where}: is the output of nothing`
  return undefined
}

/** The files of a page as a reader has them, `variant` chosen where there is a choice. */
export function filesOf(blocks: readonly Block[], variant?: string): Map<string, string> {
  const files = new Map<string, string>()
  for (const wanted of [undefined, variant]) {
    for (const { attributes, text } of blocks) {
      if (attributes['title'] !== undefined && namesVariant(attributes['variant'], wanted)) {
        files.set(attributes['title'], text)
      }
    }
  }
  return files
}

/** A block may be of several variants, with blanks between. */
function namesVariant(named: string | undefined, wanted: string | undefined): boolean {
  if (named === undefined || wanted === undefined) return named === wanted
  return named.split(' ').includes(wanted)
}

export function variantsOf(blocks: readonly Block[]): Set<string | undefined> {
  return new Set([
    undefined,
    ...blocks.flatMap(({ attributes }) => attributes['variant']?.split(' ')),
  ])
}
