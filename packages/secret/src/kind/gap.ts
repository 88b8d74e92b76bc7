/**
 * The time in which logins may fail: from the change of a far side that holds one value until all replicas use the new one, over all runs of
 * a rotation.
 */
export interface Gap {
  /** How long it has lasted so far, in milliseconds. Undefined before it begins, and once it is over. */
  readonly sinceMs: number | undefined
  /** Notes its begin in the journal, before the far side is asked to change. Called again, it begins anew. */
  begin(): Promise<void>
  /** Notes its end: the audit log and the result of the rotation have its length. Does nothing where none has begun. */
  end(): Promise<void>
}
