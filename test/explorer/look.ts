/** One use of a version, and the names of the replicas that count it. */
export interface Use {
  readonly version: string
  readonly atMs: number
  readonly by: readonly string[]
}

/** What a rotator could see of the replicas of a service when it looked at them last, to find out whether all have switched. */
export interface Look {
  readonly atMs: number
  /** How many uses there had been. */
  readonly uses: number
  /** The names of the replicas that answered, and of those that did not. */
  readonly answering: readonly string[]
  readonly silent: readonly string[]
}
