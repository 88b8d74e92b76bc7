import type { SecretErrorCode } from '@rekey/secret'

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
