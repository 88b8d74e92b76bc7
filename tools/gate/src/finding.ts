/** One thing that must be mended before the change may land. Holds no secret value. */
export interface Finding {
  /** The check that found it. */
  readonly check: 'lint' | 'access' | 'leaks' | 'drift'
  /** The rule that was broken: `@rekey/no-secret-in-logs`, `holder`, `rekey-api-key`. */
  readonly rule: string
  /** `services/signing/src/secrets.ts:12`, a commit in front of it where it is history. */
  readonly where: string
  readonly why: string
  readonly fix: string
}

/** What one check did. */
export interface CheckOutcome {
  readonly findings: readonly Finding[]
  /** What was looked at, in words: "3 services, 8 secrets". */
  readonly covered: string
  /** Why something was not looked at, and how to have it looked at. */
  readonly skipped?: string
}
