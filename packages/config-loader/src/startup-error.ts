import { SecretError } from '@rekey/secret'
import type { SecretErrorCode } from '@rekey/secret/internal'

/** One thing that keeps a service from starting. */
export interface Problem {
  /** The setting's or the secret's name: `PORT`, `API_KEY_FRONTEND_SIGNING`. */
  readonly key: string
  readonly code: SecretErrorCode
  /** The rule of its spec: "at least 32 random characters". */
  readonly rule: string
  /** Where it was looked for: `env`, `dotenv:/srv/app/.env`. */
  readonly source: string
  /** The fault and its remedy. */
  readonly remedy: string
}

/** A service cannot start. Holds every problem that was found, and no value. */
export class StartupError extends Error {
  readonly code = 'startup-refused'
  readonly service: string
  readonly problems: readonly Problem[]

  constructor(service: string, problems: readonly Problem[]) {
    super(formatProblems(service, problems))
    this.name = 'StartupError'
    this.service = service
    this.problems = problems
  }
}

function formatProblems(service: string, problems: readonly Problem[]): string {
  const count = problems.length === 1 ? '1 problem' : `${problems.length} problems`
  const lines = problems.map(
    ({ key, code, rule, source, remedy }) =>
      `  ${key}: ${code}\n    rule:   ${rule}\n    source: ${source}\n    remedy: ${remedy}`,
  )
  return [`${service} cannot start: ${count}`, ...lines].join('\n')
}

/** The attempted action, for the report. */
interface Attempt {
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
