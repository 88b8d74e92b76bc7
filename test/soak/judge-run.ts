import type { FarSide } from './far-sides.ts'
import type { KnownValues, Staged } from './known-values.ts'
import { type EndedRun, failureOf, type Line } from './rekey-run.ts'
import type { Sentences } from './sentences.ts'

/** What a run is compared with. */
export interface RunJudge {
  readonly sentences: Sentences
  readonly values: KnownValues
  readonly farSide: FarSide
  /** Whether the database has a role. */
  readonly hasRole: (name: string) => Promise<boolean>
  /** The process ids of all rotators that were started. */
  readonly rotators: ReadonlySet<number>
}

/** One rotation by one process. */
export interface JudgedRun {
  readonly title: string
  readonly name: string
  /** What the store held before it, and holds after it. */
  readonly before: Staged
  readonly after: Staged
  readonly run: EndedRun
}

/** The exit code where a disk is full, whatever the rotation came to. */
const UNWRITABLE = 8
const EXIT_CODES: Readonly<Record<string, number>> = {
  busy: 3,
  stopped: 4,
  stuck: 4,
  postponed: 4,
  'rolled-back': 5,
  fenced: 6,
}

/** Checks each sentence of a run of `rekey rotate` whose store and servers work again. */
export async function judgeRun(judge: RunJudge, judged: JudgedRun): Promise<void> {
  const { sentences } = judge
  const { run, title } = judged
  for (const line of run.lines) {
    if (line.type === 'rotated') await judgeRotated(judge, judged, line)
    if (line.type === 'failure') await judgeFailure(judge, judged, line)
    if (line.type === 'taken-over') {
      const pid = Number(String(line['from']).split(':').at(-1))
      sentences.check(`${title}: taken over from ${String(line['from'])}`, judge.rotators.has(pid))
    }
  }
  if (run.killedBy !== null) return
  const isDone = run.lines.at(-1)?.type === 'rotated'
  sentences.check(
    `${title}: exit code ${String(run.code)}, done: ${isDone}`,
    isDone === (run.code === 0),
  )
}

/** Checks that a run that failed says why. A log that no checkpoint confirms is one that `audit verify` finds sound. */
export function judgeEnd(sentences: Sentences, run: EndedRun): void {
  const { words, code, killedBy, lines } = run
  if (code === 0 || killedBy !== null || lines.at(-1)?.type === 'sound') return
  const hasReason = failureOf(run) !== undefined
  sentences.check(`${words}: exit code ${String(code)} without a reason`, hasReason)
}

async function judgeRotated(judge: RunJudge, judged: JudgedRun, line: Line): Promise<void> {
  const { title, name, after } = judged
  const { sentences, values, farSide } = judge
  const version = String(line['version'])
  sentences.compare(`${title}: rotated`, { current: version }, after)
  const isRevoked = typeof line['revoked'] === 'string'
  const [fresh, old] = [values.of(name, version), values.of(name, String(line['revoked']))]
  if (fresh !== undefined) {
    const isTaken = await farSide(title, fresh)
    sentences.check(`${title}: version ${version} is current, and its server refuses it`, isTaken)
  }
  if (!isRevoked || old === undefined) return
  const isTaken = await farSide(title, old)
  const sentence = `${title}: version ${String(line['revoked'])} is revoked, and its server takes it`
  sentences.check(sentence, isTaken === undefined ? undefined : !isTaken)
  if (title.startsWith('database ')) {
    const role = new URL(old).username
    sentences.check(
      `${title}: the role ${role} of a revoked version is there`,
      !(await judge.hasRole(role)),
    )
  }
}

async function judgeFailure(judge: RunJudge, judged: JudgedRun, line: Line): Promise<void> {
  const { title, name, before, after, run } = judged
  const { sentences, values, farSide } = judge
  const code = String(line['code'])
  sentences.compare(`${title}: exit code of ${code}`, line['exitCode'], run.code)
  const known = EXIT_CODES[code]
  const isOfDisk = run.code === UNWRITABLE && code === 'stopped'
  if (known !== undefined && !isOfDisk) {
    sentences.compare(`${title}: exit code of ${code}`, known, run.code)
  }
  const isAsBefore = JSON.stringify(before) === JSON.stringify(after)
  if (code === 'rolled-back') {
    sentences.compare(`${title}: everything is as it was before`, after, {
      current: before.current,
    })
  }
  if (code === 'busy') {
    sentences.check(`${title}: nothing was changed by a run that is busy`, isAsBefore)
  }
  const current = after.current === undefined ? undefined : values.of(name, after.current)
  if (current !== undefined) {
    const isTaken = await farSide(title, current)
    sentences.check(
      `${title}: ${code}, nothing was lost, and its server refuses the current version`,
      isTaken,
    )
  }
}
