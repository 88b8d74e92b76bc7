import type { SecretSource } from '@rekey/secret'

/** Something about a source that is not as it should be. Holds no value. */
export interface SourceWarning {
  /** `sub-path`, `hash`, `immutable`, …: for programs. */
  readonly rule: string
  /** The secret that it is about; absent where it is about the whole place. */
  readonly name?: string
  /** The fault and its remedy. */
  readonly message: string
}

/** The description of a source's place beside the secrets themselves. Each part is optional, and none gives a value. */
export interface Inspectable {
  /** The names, without stages, of every secret that lies there, also of other services'. */
  list?(signal?: AbortSignal): Promise<readonly string[]>
  /** Rights that a reader of `names` needs, in the words of the store's own access rules. */
  rightsToRead?(names: readonly string[]): readonly string[]
  /**
   * Asks the store which rights this process lacks to rotate `names`, in sentences, without writing anything. Absent: the store has no such
   * question.
   *
   * @throws {SecretError} if the store does not answer it
   */
  lacks?(names: readonly string[], signal?: AbortSignal): Promise<readonly string[]>
  warnings?(names: readonly string[], signal?: AbortSignal): Promise<readonly SourceWarning[]>
}

/** A source that asks others. */
export interface ComposedSource extends SecretSource {
  /** The sources that are asked for `name`, in order; the first that has it gives it. */
  sourcesOf(name: string): readonly SecretSource[]
}
