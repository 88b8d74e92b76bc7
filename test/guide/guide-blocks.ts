import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

/** Where the pages of the guide are. */
export const GUIDE = join(import.meta.dirname, '../../docs/guide')
/** A block, and before it the name of its file, which is visible where Markdown is read as it is. */
const FENCE = /^(?:\*\*`([^`\n]+)`\*\*\n\n)?```([^\n]*)\n(.*?)^```$/gms
const ATTRIBUTE = /(\w+)="([^"]*)"/g

/** A fenced block of a page of the guide. */
export interface Block {
  readonly page: string
  readonly language: string
  /** The file that it is, from the line before it. */
  readonly file: string | undefined
  /** What its info string sets, such as `variant="fastify"`. */
  readonly attributes: Readonly<Record<string, string | undefined>>
  readonly text: string
  /** The block before it on the page. */
  readonly before: Block | undefined
}

/** Which attributes a block of a language may have, beside `unrun`: the reason why it is not executed. */
const ATTRIBUTES: Readonly<Record<string, readonly string[]>> = {
  ts: ['variant'],
  js: [],
  json: ['variant'],
  yaml: ['variant'],
  ini: ['variant'],
  sh: ['until', 'exit', 'by', 'variant'],
  sql: ['database'],
  text: [],
}

/** Languages whose blocks are commands or their output, and no files. */
const TYPED_AT_ONCE = new Set(['sh', 'sql', 'text'])

export function listPages(): string[] {
  return readdirSync(GUIDE).filter((name) => name.endsWith('.md'))
}

export function readBlocks(page: string): Block[] {
  return parseBlocks(page, readFileSync(join(GUIDE, page), 'utf8'))
}

export function parseBlocks(page: string, source: string): Block[] {
  let before: Block | undefined
  return Array.from(source.matchAll(FENCE), ([, file, info = '', text = '']) => {
    const [language = ''] = info.split(' ')
    const attributes = Object.fromEntries(
      Array.from(info.matchAll(ATTRIBUTE), ([, name = '', value = '']) => [name, value]),
    )
    before = { page, language, file, attributes, text, before }
    return before
  })
}

/** What keeps a block from being checked, if anything does. */
export function problemOf({
  page,
  language,
  file,
  attributes,
  text,
  before,
}: Block): string | undefined {
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
  if ((file === undefined) !== TYPED_AT_ONCE.has(language))
    return `${where}: write the file that it is, and only of files, on the line before: **\`a.ts\`**`
  if (language === 'text' && before?.language !== 'sh') return `${where}: is the output of nothing`
  return undefined
}

/** The files of a page as a reader has them, `variant` chosen where there is a choice. */
export function filesOf(blocks: readonly Block[], variant?: string): Map<string, string> {
  const files = new Map<string, string>()
  for (const wanted of [undefined, variant]) {
    for (const { file, attributes, text } of blocks) {
      if (file !== undefined && namesVariant(attributes['variant'], wanted)) files.set(file, text)
    }
  }
  return files
}

/** Counts the lines that a reader types: commands, statements and files. Of a file that is there already, the lines that are new. */
export function countTyped(blocks: readonly Block[]): number {
  const files = new Map<string, ReadonlySet<string>>()
  let count = 0
  for (const { language, file, attributes, text } of blocks) {
    if (language === 'text' || attributes['variant'] !== undefined) continue
    const lines = text.split('\n').filter((line) => line.trim() !== '')
    const before = file === undefined ? undefined : files.get(file)
    count += lines.filter((line) => before?.has(line) !== true).length
    if (file !== undefined) files.set(file, new Set(lines))
  }
  return count
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
