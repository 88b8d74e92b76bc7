import { type Stage, STAGES } from '@rekey/secret'
import { type DotenvLine, encodeDotenvValue, printDotenv } from './dotenv-text.ts'
import { stageKey } from './secret-name.ts'
import type { StoredStages, StoredVersion } from './stored-stages.ts'

/** The order in which the stages of a secret are written below each other. */
const WRITTEN: readonly Stage[] = ['current', 'pending', 'previous']

const CREATED = /^# @created (\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z)\r?\n$/

/** The stages of a secret in a .env file, given its lines and what `dotenv` read. Empty values are not there. */
export function stagesIn(
  lines: readonly DotenvLine[],
  values: Readonly<Record<string, string>>,
  name: string,
): StoredStages {
  return Object.fromEntries(
    STAGES.flatMap((stage) => {
      const key = stageKey(name, stage)
      const value = Object.hasOwn(values, key) ? values[key] : undefined
      if (value === undefined || value === '') return []
      const createdAt = createdAbove(lines, indexOf(lines, key))
      return [[stage, { value, ...(createdAt && { createdAt }) }]]
    }),
  )
}

/** The change that {@link withStages} makes. */
export interface StagesEdit {
  readonly name: string
  readonly before: StoredStages
  readonly after: StoredStages
  /** The line end for new lines. */
  readonly eol: string
}

/** The lines with the stages of one secret changed; lines of stages that stay as they are, and all others, are kept. */
export function withStages(lines: readonly DotenvLine[], edit: StagesEdit): DotenvLine[] {
  const { name, before, after, eol } = edit
  const next = [...lines]
  WRITTEN.forEach((stage, i) => {
    if (before[stage] === after[stage]) return
    const key = stageKey(name, stage)
    const at = indexOf(next, key)
    const written = writeVersion(next[at], key, after[stage], eol)
    if (at >= 0) {
      const stamps = createdAbove(next, at) === undefined ? 0 : 1
      next.splice(at - stamps, stamps + 1, ...written)
    } else {
      const earlier = WRITTEN.slice(0, i).map((other) => indexOf(next, stageKey(name, other)))
      insertBelow(next, Math.max(-1, ...earlier), written, eol)
    }
  })
  return next
}

function writeVersion(
  old: DotenvLine | undefined,
  key: string,
  version: StoredVersion | undefined,
  eol: string,
): DotenvLine[] {
  if (version === undefined) return []
  const value = encodeDotenvValue(key, version.value)
  const line = { key, head: old?.head ?? `${key}=`, value, tail: old?.tail ?? eol }
  if (version.createdAt === undefined) return [line]
  const stamp = `# @created ${version.createdAt.toISOString()}${eol}`
  return [{ head: stamp, value: '', tail: '' }, line]
}

/** Inserts below line `above`, or at the end if that is -1. */
function insertBelow(lines: DotenvLine[], above: number, written: DotenvLine[], eol: string): void {
  const at = above < 0 ? lines.length : above + 1
  const before = lines[at - 1]
  if (before !== undefined && !printDotenv([before]).endsWith('\n')) {
    lines[at - 1] = { ...before, tail: before.tail + eol }
  }
  lines.splice(at, 0, ...written)
}

function createdAbove(lines: readonly DotenvLine[], at: number): Date | undefined {
  const [, text] = CREATED.exec(lines[at - 1]?.head ?? '') ?? []
  const date = new Date(text ?? NaN)
  return Number.isNaN(date.getTime()) ? undefined : date
}

function indexOf(lines: readonly DotenvLine[], key: string): number {
  return lines.findIndex((line) => line.key === key)
}
