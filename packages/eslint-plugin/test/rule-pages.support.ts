import { randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { TSESLint } from '@typescript-eslint/utils'
import plugin from '../src/index.ts'
import { CORPUS, type Snippet } from './corpus.support.ts'

/** The headings of a page, in their order. */
export const HEADINGS = [
  ...['Why', 'Incorrect', 'Correct', 'Options'],
  ...['Types', 'When not to use it', 'Precision', 'Limits'],
]

/** A code block of a page: the file that it is, and the options under which the page shows it. */
export interface Example {
  readonly file: string
  readonly code: string
  readonly options: readonly unknown[]
}

/** The part of the schema of an option that a page shows. */
interface OptionSchema {
  readonly type: string
  readonly items?: { readonly type: string }
}

interface ObjectSchema {
  readonly properties: Readonly<Record<string, OptionSchema>>
}

/** The page of a rule. */
export class RulePage {
  readonly name: string
  readonly file: string
  readonly text: string

  constructor(name: string) {
    this.name = name
    this.file = fileURLToPath(new URL(`../docs/rules/${name}.md`, import.meta.url))
    this.text = readFileSync(this.file, 'utf8')
  }

  get headings(): string[] {
    return [...this.text.matchAll(/^## (.+)$/gm)].map(([, heading = '']) => heading)
  }

  /** The text under a heading. */
  section(heading: string): string {
    return (this.text.split(`\n## ${heading}\n`)[1] ?? '').split('\n## ')[0] ?? ''
  }

  /** The names of the options that the page describes, in its order. */
  get options(): string[] {
    return [...this.section('Options').matchAll(/^- `(\w+)`/gm)].map(([, option = '']) => option)
  }

  /** Whether the page says that the rule finds nothing of worth without types. */
  get needsTypes(): boolean {
    return this.section('Types').startsWith('\nNeeds types.')
  }

  /** The examples under a heading. A block that begins with a comment of a path is that file; `…` stands for random digits. */
  examples(heading: 'Incorrect' | 'Correct'): Example[] {
    const blocks = this.section(heading).matchAll(/^```ts(?: option='([^\n]*)')?\n(.*?)^```$/gms)
    return [...blocks].map(([, option, text = '']) => {
      const path = /^\/\/ (\S+\.ts)\n/.exec(text)?.[1] ?? 'src/example.ts'
      const code = text.replaceAll(/[\da-f]{4}…/g, () => randomBytes(18).toString('hex'))
      return {
        ...{ file: join('/project', path), code },
        options: option === undefined ? [] : [JSON.parse(option) as unknown],
      }
    })
  }

  /** The page with what follows from the rule and the configs: the line under the description, and the head of each option. */
  get withFacts(): string {
    const { meta } = plugin.rules[this.name] as TSESLint.RuleModule<string, readonly unknown[]>
    const [schema = { properties: {} }] = [meta.schema].flat() as unknown as [ObjectSchema?]
    const [defaults = {}] = (meta.defaultOptions ?? []) as [Readonly<Record<string, unknown>>?]
    let page = this.text.replace(/^(# .*\n\n.*\n\n).*\n/, (_, head: string) => {
      return `${head}${factsOf(this.name)}\n`
    })
    for (const [option, each] of Object.entries(schema.properties)) {
      const value = defaults[option]
      const shown = value === undefined ? 'no default' : `default \`${JSON.stringify(value)}\``
      page = page.replace(
        new RegExp(`^- \`${option}\`(?: \\(.*?\\))?: `, 'm'),
        () => `- \`${option}\` (${typeOf(each)}, ${shown}): `,
      )
    }
    return page
  }
}

function typeOf({ type, items }: OptionSchema): string {
  return type === 'array' ? `${items?.type ?? ''}[]` : type
}

const SEVERITIES = [
  ['error', 'Error'],
  ['warn', 'Warning'],
] as const

/** "Error in `rekey` and `strict`. CWE-526." */
function factsOf(name: string): string {
  const severity = (config: keyof typeof plugin.configs) => {
    const entry = [plugin.configs[config]].flat()[0]?.rules?.[`@rekey/${name}`]
    return Array.isArray(entry) ? (entry[0] as unknown) : entry
  }
  const configs = Object.keys(plugin.configs) as (keyof typeof plugin.configs)[]
  const levels = SEVERITIES.flatMap(([level, word]) => {
    const those = configs.filter((config) => severity(config) === level)
    const [last, ...before] = those.map((config) => `\`${config}\``).toReversed()
    if (last === undefined) return []
    const list = before.length === 0 ? last : `${before.toReversed().join(', ')} and ${last}`
    return `${word} in ${list}.`
  })
  const { meta } = plugin.rules[name] ?? {}
  const edits = meta?.hasSuggestions === true ? [' It suggests an edit.'] : []
  return [levels.join(' '), ` ${meta?.docs?.cwe ?? ''}.`, ...edits].join('')
}

/** An example as a snippet of the corpus, where its imports of Rekey have types. */
export function asSnippet({ code }: Example, nth: number): Snippet {
  const file = join(CORPUS, `page-${nth}.ts`)
  const typed = code.replaceAll("'@rekey/secret'", "'./secret.ts'")
  return { title: '', file, code: typed, isLeak: false, reports: { typed: [], untyped: [] } }
}
