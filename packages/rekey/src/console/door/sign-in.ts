import { SecretError } from '@rekey/secret'
import type { Operator } from './operator.ts'

/** A sign-in that succeeded or was refused, or a sign-out. Holds no value. */
export interface SignIn {
  readonly action: 'sign-in' | 'sign-out'
  /** Absent where nothing proves who it is. */
  readonly operator?: Operator
  /**
   * Why it was refused: `role` for a person without one, `not-begun` for an answer to no sign-in of this browser, else the code of the error. Absent: it
   * was not.
   */
  readonly refusedFor?: string
}

/** Records a sign-in before it happens, and a sign-out after it. A sign-in that cannot be recorded does not happen. */
export type RecordSignIn = (signIn: SignIn) => Promise<void>

/** The sign-in of a person whom the identity provider has proved. */
export function signInOf(operator: Operator): SignIn {
  const refused = operator.role === undefined ? { refusedFor: 'role' } : {}
  return { action: 'sign-in', operator, ...refused }
}

/** A sign-in that failed at the identity provider. */
export function failedSignIn(error: unknown): SignIn {
  return { action: 'sign-in', refusedFor: error instanceof SecretError ? error.code : 'failed' }
}
