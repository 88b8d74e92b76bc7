import { SecretError } from '@rekey/secret'
import type { ProblemView } from './family-view.ts'

/** Describes an error without what is not ours: only errors of our own are known to hold no value in their message. */
export function problemOf(error: unknown): ProblemView {
  if (error instanceof SecretError) return { code: error.code, message: error.message }
  return { code: 'failed', message: 'it could not be read: the command line shows why' }
}
