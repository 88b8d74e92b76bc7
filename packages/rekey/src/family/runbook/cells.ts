import type { KindRunbook, SecretKind } from '@rekey/secret/kind'
import { type RunbookStep, type Situation, SITUATIONS } from '@rekey/secret/internal/kind'
import { type FamilySecret, secretsOf } from '../family-secrets.ts'
import { kindsOf } from '../kinds.ts'
import { table } from '../markdown-table.ts'
import type { Family } from '../schema.ts'
import { ENVIRONMENTS, type RunbookEnvironment } from './environments.ts'
import { REMEDIES, SITUATION_TEXTS } from './situations.ts'

/** One cell of the matrix environment × kind × situation. */
export interface RunbookCell {
  readonly environment: string
  readonly kind: string
  readonly situation: Situation
  /** Markdown, with a heading of level 3. */
  readonly text: string
}

/** Which cells are wanted. Absent: all. */
export interface CellFilter {
  readonly environment?: string | undefined
  readonly kind?: string | undefined
  readonly situation?: string | undefined
}

/** A kind of which the family has secrets, and its part of the runbooks. */
export interface Chapter {
  readonly kind: SecretKind | undefined
  readonly name: string
  readonly book: KindRunbook
  readonly secrets: readonly FamilySecret[]
}

/** Writes the cells of the runbooks of a family: each kind of which it has secrets, in each environment and situation. */
export function runbookCells(family: Family, filter: CellFilter = {}): RunbookCell[] {
  const isWanted = (wanted: string | undefined, is: string) => wanted === undefined || wanted === is
  return [...ENVIRONMENTS.values()]
    .filter(({ name }) => isWanted(filter.environment, name))
    .flatMap((environment) =>
      chaptersOf(family)
        .filter(({ name }) => isWanted(filter.kind, name))
        .flatMap((chapter) =>
          SITUATIONS.filter((situation) => isWanted(filter.situation, situation)).map(
            (situation) => ({
              environment: environment.name,
              kind: chapter.name,
              situation,
              text: writeCell(chapter, situation, environment),
            }),
          ),
        ),
    )
}

/** Groups the secrets of a family by their kinds, in the order of the declaration. */
export function chaptersOf(family: Family): Chapter[] {
  const kinds = kindsOf(family)
  const secrets = secretsOf(family)
  return [...new Set(secrets.map(({ kind }) => kind))].map((name) => {
    const kind = kinds.get(name)
    const own = secrets.filter((secret) => secret.kind === name)
    return { kind, name, book: kind?.runbook ?? plainBook(name), secrets: own }
  })
}

/** The part of a kind that contributes nothing of its own. */
function plainBook(kind: string): KindRunbook {
  const note = `The meaning of each step is that of the kind \`${kind}\`; \`--plan\` describes it.`
  return {
    title: `Secrets of the kind ${kind}`,
    overlap: ({ validation }) => `An old value may live on for ${validation} of silence.`,
    notes: { scheduled: note, emergency: note, stuck: note, 'rolled-back': note },
    refused: 'The receipt shows what the kind has seen.',
    remedies: [],
  }
}

/** The heading of a cell. */
export function headingOf({ title }: KindRunbook, situation: Situation): string {
  return `${title}: ${titleOf(situation)}`
}

/** A situation in words. */
export function titleOf(situation: Situation): string {
  return situation.replace('-', ' ')
}

/** The anchor of a cell, as GitHub makes it from the heading. */
export function anchorOf(book: KindRunbook, situation: Situation): string {
  return headingOf(book, situation)
    .toLowerCase()
    .replaceAll(/[^\w -]/g, '')
    .replaceAll(' ', '-')
}

/** Writes one cell. */
export function writeCell(
  chapter: Chapter,
  situation: Situation,
  environment: RunbookEnvironment,
): string {
  const { book, kind } = chapter
  const isByHand = book.steps !== undefined || (kind !== undefined && kind.rotationOf === undefined)
  const paragraphs = isByHand
    ? byHand(chapter, situation, environment)
    : byRotator(chapter, situation, environment)
  return [`### ${headingOf(book, situation)}`, ...paragraphs].map((one) => `${one}\n`).join('\n')
}

function byHand(
  { book, secrets }: Chapter,
  situation: Situation,
  environment: RunbookEnvironment,
): string[] {
  const steps = secrets.flatMap(
    ({ parties }) => book.steps?.(parties, environment)[situation] ?? [],
  )
  const stuck = situation === 'stuck' && book.remedies.length > 0
  return [
    book.notes[situation],
    ...steps.map(formatStep),
    ...(stuck ? [table(['you see', 'do'], book.remedies).trimEnd()] : []),
    ...(situation === 'emergency' ? [`The old value is refused: ${book.refused}`] : []),
  ]
}

function byRotator(
  { book, secrets }: Chapter,
  situation: Situation,
  environment: RunbookEnvironment,
): string[] {
  const { opening, step, after } = SITUATION_TEXTS[situation]
  const { file, schedule, leaked } = environment
  const before: Partial<Record<Situation, string>> = { scheduled: schedule, emergency: leaked }
  const steps = secrets
    .filter(({ isRotated }) => isRotated)
    .map((secret, index) => {
      const isPasted = secret.entry !== undefined && book.isPasted?.(secret.entry)
      const input = isPasted ? ' < new-secret' : ''
      const typing = { ...secret, family: `--family ${file}`, input }
      const { type, shows } = step(typing)
      const isFirst = index === 0
      return formatStep({ text: `For \`${secret.title}\`:`, type, shows: isFirst ? shows : [] })
    })
  const lent = secrets.filter(({ isRotated }) => !isRotated).map(({ title }) => `\`${title}\``)
  const otherwise = `[${headingOf(book, 'stuck')}](#${anchorOf(book, 'stuck')})`
  return [
    [before[situation], opening].filter((one) => one !== undefined).join(' '),
    book.notes[situation],
    ...steps,
    ...(lent.length > 0
      ? [
          `The store itself makes and ends the values of ${lent.join(', ')}: no command rotates them.`,
        ]
      : []),
    situation === 'rolled-back' || situation === 'stuck' ? after : `${after} ${book.refused}`,
    situation === 'stuck'
      ? table(['you see', 'do'], remediesOf(book, secrets, environment)).trimEnd()
      : `If it does not look like that: ${otherwise}.`,
  ]
}

function remediesOf(
  { remedies }: KindRunbook,
  secrets: readonly FamilySecret[],
  environment: RunbookEnvironment,
) {
  const services = [...new Set(secrets.flatMap(({ holders }) => holders))]
  const perService = services.map(
    (service) =>
      [
        `a replica of \`${service}\``,
        `its log: ${environment.logs(service)}. ${environment.restart(service)}`,
      ] as const,
  )
  return [...REMEDIES, ...remedies, ...environment.remedies, ...perService]
}

function formatStep({ text, type, shows }: RunbookStep): string {
  const commands = type.length === 0 ? [] : [fence('sh', type)]
  const output = shows.length === 0 ? [] : [fence('text', shows)]
  return [text, ...commands, ...output].join('\n\n')
}

function fence(language: string, lines: readonly string[]): string {
  return ['```' + language, ...lines, '```'].join('\n')
}
