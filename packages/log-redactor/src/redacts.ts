/** The neighbourhood of a text in a stream: the end of what came before it, and the beginning of what follows. */
export interface Around {
  readonly before?: string
  readonly after?: string
  /** The output that the text is for: `stdout`, `stderr`, `report`, `stream`. Default `log`. */
  readonly channel?: string
}

/** Masks secrets in text. */
export interface Redacts {
  /**
   * `line` with each secret replaced by `[secret NAME@VERSION]`; the same string if there is none. JSON stays JSON. Never
   * throws: a line that cannot be checked is withheld, and a note takes its place. A string in a line that spells more than six times its
   * length is masked as a whole. The time is linear in the length of the line.
   *
   * @param around of a line that is part of a stream: a secret that begins before it or ends after it is masked as far as it lies in
   *   the line
   */
  redact(line: string, around?: Around): string
}
