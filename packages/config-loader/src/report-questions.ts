import {
  type AwaitedState,
  type HealthReport,
  hasReached,
  parseReportQuestion,
  REPORT_QUESTION_HEADER,
  type SecretHealth,
} from '@rekey/secret/internal'
import { systemClock } from '@rekey/secret'
import type { InternalRequest } from './internal-listener.ts'

/** No more requests wait than this; the next ones are answered at once. */
const MAX_WAITING = 64
/** How often it is looked whether a secret is as awaited. */
const LOOK_EVERY_MS = 25

/**
 * Answers questions about one secret once it is as awaited, and requests without a question with the report of all. A secret that is not
 * as awaited is read again, so that a rotation does not wait for the next look at the store.
 */
export class ReportQuestions {
  readonly #health: () => HealthReport
  readonly #readAgain: (secret: string) => Promise<void>
  #waiting = 0

  constructor(health: () => HealthReport, readAgain: (secret: string) => Promise<void>) {
    this.#health = health
    this.#readAgain = readAgain
  }

  async answer({ headers, signal, park }: InternalRequest): Promise<HealthReport> {
    const header = headers[REPORT_QUESTION_HEADER]
    const question = parseReportQuestion(typeof header === 'string' ? header : undefined)
    if (question === undefined) return this.#health()
    const { secret, awaited, waitMs = 0 } = question
    if (awaited !== undefined && !this.#isDecided(secret, awaited) && this.#waiting < MAX_WAITING) {
      park()
      this.#waiting += 1
      // What cannot be read is reported as it is.
      void this.#readAgain(secret).catch(() => undefined)
      try {
        await this.#untilDecided(secret, awaited, { waitMs, signal })
      } finally {
        this.#waiting -= 1
      }
    }
    return this.#reportOf(secret)
  }

  async #untilDecided(
    secret: string,
    awaited: AwaitedState,
    { waitMs, signal }: { readonly waitMs: number; readonly signal: AbortSignal },
  ): Promise<void> {
    const end = systemClock.elapsed() + waitMs
    while (!signal.aborted && systemClock.elapsed() < end && !this.#isDecided(secret, awaited)) {
      await systemClock.sleep(LOOK_EVERY_MS, signal).catch(() => undefined)
    }
  }

  /** Whether waiting is of no use any more: it is as awaited, or the version is rejected, or there is no such secret. */
  #isDecided(secret: string, awaited: AwaitedState): boolean {
    const [health] = this.#reportOf(secret).secrets
    return health === undefined || hasReached(health, awaited) || rejects(health, awaited)
  }

  #reportOf(secret: string): HealthReport {
    const report = this.#health()
    return { ...report, secrets: report.secrets.filter(({ name }) => name === secret) }
  }
}

function rejects({ rejections = [] }: SecretHealth, { version }: AwaitedState): boolean {
  return rejections.some((rejection) => rejection.version === version)
}
