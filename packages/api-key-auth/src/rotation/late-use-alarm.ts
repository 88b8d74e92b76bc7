import type { LateUse, StepContext } from '@rekey/secret/kind'

/** Raises the alarm of each source at its first use and whenever its uses have doubled, so that a thief cannot flood the audit log. */
export class LateUseAlarm {
  readonly #context: Pick<StepContext, 'alarm'>
  readonly #latest = new Map<string, LateUse>()
  readonly #raised = new Map<string, number>()

  constructor(context: Pick<StepContext, 'alarm'>) {
    this.#context = context
  }

  /** Takes the uses so far. */
  async hear(uses: readonly LateUse[]): Promise<void> {
    for (const use of uses) {
      this.#latest.set(use.source, use)
      if (use.count >= 2 * (this.#raised.get(use.source) ?? 0)) await this.#raise(use)
    }
  }

  /** Raises the alarm of what has grown since. */
  async end(): Promise<void> {
    for (const use of this.#latest.values()) {
      if (use.count > (this.#raised.get(use.source) ?? 0)) await this.#raise(use)
    }
  }

  async #raise(use: LateUse): Promise<void> {
    this.#raised.set(use.source, use.count)
    await this.#context.alarm(use)
  }
}
