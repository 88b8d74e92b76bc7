import { SecretError } from '@rekey/secret'
import { type Problem, StartupError } from './startup-error.ts'

/** The attempted action, for the report. */
export interface Attempt {
  readonly key: string
  readonly rule: string
  readonly source: string
}

/** Collects problems, so that a service reports all of them at once. */
export class ProblemReport {
  readonly #service: string
  readonly #problems: Problem[] = []

  constructor(service: string) {
    this.#service = service
  }

  /** Runs `run`; a `SecretError` becomes a problem and `undefined`, anything else is a fault of ours and thrown on. */
  async collect<T>(attempt: Attempt, run: () => T | Promise<T>): Promise<T | undefined> {
    try {
      return await run()
    } catch (error) {
      if (!(error instanceof SecretError)) throw error
      this.#problems.push({ ...attempt, code: error.code, remedy: error.message })
      return undefined
    }
  }

  add(problems: readonly Problem[]): void {
    this.#problems.push(...problems)
  }

  /** @throws {StartupError} if anything was collected */
  throwIfAny(): void {
    if (this.#problems.length === 0) return
    throw new StartupError(
      this.#service,
      [...this.#problems].sort((a, b) => a.key.localeCompare(b.key)),
    )
  }
}
