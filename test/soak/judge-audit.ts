import type { EndedRun } from './rekey-run.ts'
import type { Sentences } from './sentences.ts'

/** What the rotations of a round did. */
export interface Done {
  readonly runs: readonly EndedRun[]
  /** The names of the secrets whose current version is another one than before the round. */
  readonly changed: readonly string[]
}

interface Entry {
  readonly seq: number
  readonly actor: string
  readonly action: string
  readonly subject: string
  readonly outcome: string
}

/** Compares an audit log with what was done; it remembers how far it was read. */
export class AuditJudge {
  readonly #sentences: Sentences
  #read = 0

  constructor(sentences: Sentences) {
    this.#sentences = sentences
  }

  /**
   * Checks that the log is sound, and that each step that was printed and each change of the store has its entry.
   *
   * @param verified a run of `rekey audit verify`
   * @param queried one of `rekey audit query` that came later
   */
  judge(verified: EndedRun, queried: EndedRun, { runs, changed }: Done): void {
    const sentences = this.#sentences
    const [verdict] = verified.lines.slice(-1)
    sentences.check(`audit verify: ${JSON.stringify(verdict)}`, verdict?.type === 'sound')
    const all = queried.lines.flatMap((line) =>
      line.type === 'event' ? [line as unknown as Entry] : [],
    )
    const sound = Number(verdict?.['entries'] ?? 0)
    const sentence = `audit verify: ${sound} entries, audit query: ${all.length}`
    sentences.check(sentence, sound > this.#read && sound <= all.length)
    const entries = all.filter(({ seq }) => seq > this.#read)
    this.#read = all.at(-1)?.seq ?? this.#read
    const has = (action: string, subject: unknown, by: string) =>
      entries.some(
        (one) => one.action === action && one.subject === subject && one.actor.endsWith(by),
      )
    for (const { lines, pid } of runs) {
      for (const { type, secret, step } of lines) {
        if (type !== 'step') continue
        const action = `rotation.${String(step)}`
        const sentence = `${String(secret)}: ${String(step)} of ${pid} was printed, and is not in the audit log`
        sentences.check(sentence, has(action, secret, `:${pid}`))
      }
    }
    for (const name of changed) {
      for (const step of ['stage', 'promote', 'revoke']) {
        const sentence = `${name}: its version changed, and the audit log has no ${step}`
        sentences.check(sentence, has(`rotation.${step}`, name, ''))
      }
    }
  }
}
