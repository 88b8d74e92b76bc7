import { SecretError } from '../errors.ts'

/** A failed call of a server, as it may be shown: nothing of its words but a code. */
interface ServerFailure {
  readonly host: string
  readonly reason: string | number
}

/** Creates the error for a server that did not answer, or not as the server that was meant. */
export function unanswered(failure: ServerFailure, remedy: string): SecretError {
  const { host, reason } = failure
  const message = `${host} did not answer (${reason}): ${remedy}`
  return new SecretError('unreachable', message, { ...failure })
}

/** Creates the error for a server that refuses the administrator a call. */
export function forbiddenTo(failure: ServerFailure, remedy: string): SecretError {
  const message = `${failure.host} forbids it to the administrator: ${remedy}`
  return new SecretError('forbidden', message, { ...failure })
}
