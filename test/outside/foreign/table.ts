import { readFileSync } from 'node:fs'
import { readApplications } from './applications.ts'
import { VERDICTS } from './gate-findings.ts'
import { type AdoptionRecord, leftOn } from './record.ts'

/** The page that has the table between its two marks, and the record that the table is written from. */
export const PAGE = new URL('../../../docs/guide/init.md', import.meta.url)
export const RECORD = new URL('record.json', import.meta.url)

/** What is kept of each application, by its name. */
export function readRecord(): Readonly<Record<string, AdoptionRecord>> {
  return JSON.parse(readFileSync(RECORD, 'utf8')) as Record<string, AdoptionRecord>
}

const BETWEEN_MARKS =
  /(?<=<!-- applications: a script writes this -->\n\n).*?(?=\n\n<!-- \/applications -->)/s

/**
 * Puts the tables of both lists into the page.
 *
 * @throws {Error} for a page without the marks
 */
export function withTables(page: string, tables: string): string {
  if (!BETWEEN_MARKS.test(page)) throw new Error('docs/guide/init.md has lost its marks')
  return page.replace(BETWEEN_MARKS, () => tables)
}

const COLUMNS = [
  ...['application', 'framework', 'language', 'secrets', 'settings'],
  ...['compiles', 'starts', 'findings of the gate', 'left to do'],
]

/** The tables of the applications that were known and of those that were not, with what is kept of each. */
export function tablesOf(records: Readonly<Record<string, AdoptionRecord>>): string {
  const [known, heldOut] = (['known', 'heldOut'] as const).map((list) => {
    const rows = readApplications(list).flatMap(({ name }) => {
      const record = records[name]
      return record === undefined ? [] : [[name, record] as const]
    })
    return rows.length === 0 ? 'None yet.' : tableOf(rows)
  })
  const between = 'Chosen by a rule before `rekey init` was run on them:'
  return [known, between, heldOut].join('\n\n')
}

function tableOf(rows: readonly (readonly [name: string, AdoptionRecord])[]): string {
  const lines = rows.map(([name, record]) => [
    ...[`\`${name}\``, record.framework, `${record.language}, ${record.modules}`],
    ...[String(record.secrets), String(record.settings)],
    ...[compilesOf(record.compileErrors), changeOf(record.starts), findingsOf(record)],
    leftOn(record).length === 0 ? 'nothing' : String(leftOn(record).length),
  ])
  return alignedTable([COLUMNS, ...lines])
}

/** As the formatter of the pages has it. */
function alignedTable([heading = [], ...lines]: readonly (readonly string[])[]): string {
  const widths = heading.map((_, column) => {
    return Math.max(...[heading, ...lines].map((cells) => cells[column]?.length ?? 0))
  })
  const rule = widths.map((width) => '-'.repeat(width))
  return [heading, rule, ...lines]
    .map((cells) => cells.map((cell, column) => cell.padEnd(widths[column] ?? 0)))
    .map((cells) => `| ${cells.join(' | ')} |`)
    .join('\n')
}

function compilesOf(errors: AdoptionRecord['compileErrors']): string {
  if (errors === null) return 'no compiler'
  const [before, after] = errors.map((count) => (count === 0 ? 'yes' : `${count} errors`))
  return changeOf([before ?? '', after ?? ''])
}

const changeOf = ([before, after]: readonly [string, string]) =>
  before === after ? before : `${before}, then ${after}`

function findingsOf({ gate, lintLacks }: AdoptionRecord): string {
  if (lintLacks !== undefined) return `not linted: lacks \`${lintLacks}\``
  const verdicts = gate.map(({ id }) => VERDICTS[id]?.verdict ?? 'not judged')
  const counts = [...new Set(verdicts)].toSorted().map((verdict) => {
    return `${verdicts.filter((each) => each === verdict).length} ${verdict}`
  })
  return counts.length === 0 ? 'none' : counts.join(', ')
}
