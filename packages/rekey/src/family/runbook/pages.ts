import { type RunbookTimes, SITUATIONS } from '@rekey/secret/internal/kind'
import type { GeneratedFile } from '../definitions/generated-files.ts'
import { fromMs } from '../duration.ts'
import { table } from '../markdown-table.ts'
import { schedulePolicies } from '../schedule.ts'
import type { Family } from '../schema.ts'
import { anchorOf, type Chapter, chaptersOf, headingOf, titleOf, writeCell } from './cells.ts'
import { ENVIRONMENTS, type RunbookEnvironment } from './environments.ts'

/**
 * Writes the runbooks of a family: a page for each environment and a table of contents, `README.md`. Does no I/O.
 *
 * @example
 * ```ts
 * const pages = writeRunbooks(defineFamily({ services: ['shop'], databases: [{ service: 'shop' }] }))
 * ```
 */
export function writeRunbooks(family: Family): GeneratedFile[] {
  const chapters = chaptersOf(family)
  const pages = [...ENVIRONMENTS.values()].map((environment) => ({
    name: `${environment.name}.md`,
    text: writePage(family, chapters, environment),
  }))
  return [{ name: 'README.md', text: writeContents(chapters) }, ...pages]
}

const MADE =
  'This page is made by `rekey runbook` from the family and its kinds of secret: change those, and make it anew.'

function writeContents(chapters: readonly Chapter[]): string {
  const environments = [...ENVIRONMENTS.values()]
  const rows = chapters.flatMap(({ book }) =>
    SITUATIONS.map((situation) => [
      headingOf(book, situation),
      ...environments.map(({ name }) => `[${name}](${name}.md#${anchorOf(book, situation)})`),
    ]),
  )
  const head = ['secret and situation', ...environments.map(({ title }) => title)]
  return `# Runbooks of rotation\n\n${MADE}\n\n${table(head, rows)}`
}

function writePage(
  family: Family,
  chapters: readonly Chapter[],
  environment: RunbookEnvironment,
): string {
  const { title, opening } = environment
  const rows = chapters.map(({ book }) => [
    book.title,
    ...SITUATIONS.map((situation) => `[what to do](#${anchorOf(book, situation)})`),
  ])
  const contents = table(['secret', ...SITUATIONS.map(titleOf)], rows)
  const parts = chapters.map((chapter) =>
    [
      `## ${chapter.book.title}\n`,
      factsOf(family, chapter),
      `${chapter.book.overlap(timesOf(family, environment))}\n`,
      ...SITUATIONS.map((situation) => writeCell(chapter, situation, environment)),
    ].join('\n'),
  )
  return `# Rotation: ${title}\n\n${MADE} [All environments](README.md).\n\n${contents}\n## Where commands are typed\n\n${opening}\n\n${beforeFirst(environment)}\n\n${parts.join('\n')}`
}

/** The command that an operator begins with. */
function beforeFirst({ file }: RunbookEnvironment): string {
  const command = `rekey check --family ${file}`
  return `Before the first rotation, and after each change of rights: \`${command}\`. It changes nothing, and names what a rotation would lack.`
}

/** Who holds the secrets of a kind, and when they are due. */
function factsOf(family: Family, { kind, name, secrets }: Chapter): string {
  const policy = schedulePolicies(family).find((one) => one.kind === name)
  const isScheduled = kind === undefined || kind.rotationOf !== undefined
  const age = (ms: number | undefined) => (ms === undefined ? 'by its end' : `after ${fromMs(ms)}`)
  const rows = secrets.map(({ title, name: stored, holders, isRotated }) => [
    `\`${title}\``,
    `\`${stored}\``,
    holders.join(', '),
    isScheduled && isRotated ? age(policy?.rotateAfterMs) : 'by hand',
    isScheduled && isRotated ? age(policy?.maxAgeMs) : '',
  ])
  return table(['secret', 'in the store', 'held by', 'due', 'overdue'], rows)
}

function timesOf(
  { validationMs, maxOverlapMs }: Family,
  { file }: RunbookEnvironment,
): RunbookTimes {
  return {
    validation:
      validationMs === undefined ? `\`validationMs\` of \`${file}\`` : fromMs(validationMs),
    ...(maxOverlapMs !== undefined && { maxOverlap: fromMs(maxOverlapMs) }),
  }
}
