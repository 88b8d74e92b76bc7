/** Why a secret is rotated, or how far its rotation has come: the parts of a runbook of each kind. */
export const SITUATIONS = ['scheduled', 'emergency', 'stuck', 'rolled-back'] as const

/** One of {@link SITUATIONS}. */
export type Situation = (typeof SITUATIONS)[number]

/** A row of a table in Markdown: the observation of an operator, and the remedy. */
export type Remedy = readonly [observed: string, remedy: string]

/** Commands to type one after the other. */
export interface RunbookStep {
  /** Introduces them; Markdown. */
  readonly text: string
  /** Lines for a POSIX shell. */
  readonly type: readonly string[]
  /** Their output, as far as it is worth showing; `…` stands for any text. */
  readonly shows: readonly string[]
}

/** How long an old value lives beside a new one, in words. */
export interface RunbookTimes {
  /** The silence of an old value before its end: `60 s`. */
  readonly validation: string
  /** The hard end of the overlap. Absent: that of the kind. */
  readonly maxOverlap?: string
}

/** The place where a runbook is read. */
export interface RunbookPlace {
  /** Returns the sentence by which an operator restarts a service there; Markdown. */
  readonly restart: (service: string) => string
}

/** The part of a runbook that a kind of secret contributes, in Markdown. Whatever is the same for all kinds is not in it. */
export interface KindRunbook {
  /** The heading: `API keys`. */
  readonly title: string
  /** States how long the old value lives beside the new one. */
  overlap(times: RunbookTimes): string
  /** The difference of this kind in each situation. Of a kind that a person changes without commands: why, and what to do instead. */
  readonly notes: Readonly<Record<Situation, string>>
  /** How to see at the far side that it refuses the old value. */
  readonly refused: string
  /** Observations of a rotation that does not go on, beside those of all kinds. */
  readonly remedies: readonly Remedy[]
  /** Whether the far side makes the new values of a declared secret, so that an operator pipes them in. Default: never. */
  isPasted?(entry: unknown): boolean
  /** The commands of a kind that a person changes. Absent: `rekey rotate` and `rekey rollback`, if the kind has a rotation. */
  steps?(
    parties: readonly string[],
    place: RunbookPlace,
  ): Readonly<Partial<Record<Situation, readonly RunbookStep[]>>>
}
