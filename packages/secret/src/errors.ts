/**
 * Why a secret could not be had. `missing`, `forbidden`, `unreachable` and `malformed` are four different answers: code that
 * treats "no permission" as "no secret" would start a service without its keys.
 *
 * - `missing`: the store answered, and holds nothing under that name (or nothing in that stage)
 * - `forbidden`: the store answered, and refused
 * - `unreachable`: no answer in time
 * - `unwritable`: nothing can be written there: the disk is full, a quota is used up, the file system is read-only
 * - `malformed`: the text cannot be what the secret should be
 * - `conflict`: compare-and-set failed; the secret was changed since it was read
 * - `rejected`: well formed, but the far side refuses it (a login, a token request, a passphrase)
 * - `refused`: valid, but not allowed here (a development value in production, an unsafe file mode)
 * - `disposed`: the value was wiped
 */
export type SecretErrorCode =
  | 'missing'
  | 'forbidden'
  | 'unreachable'
  | 'unwritable'
  | 'malformed'
  | 'conflict'
  | 'rejected'
  | 'refused'
  | 'disposed'

/** Facts about a failure. Scalars only, so that no request, response, parser message or value can ride along. */
export type ErrorDetails = Readonly<Record<string, string | number | boolean>>

/** On the errors of every copy of this package: a command that is installed globally and a project may have one each. */
const BRAND = Symbol.for('rekey.SecretError')

/**
 * The one error of sources, stores and secrets. The message is written by us, never taken from a parser, a driver or a
 * server, and there is no `cause`: both would carry values. `instanceof` knows the errors of other copies of this package too.
 */
export class SecretError extends Error {
  static {
    Object.defineProperty(this.prototype, BRAND, { value: true })
  }

  static override [Symbol.hasInstance](value: unknown): value is SecretError {
    return typeof value === 'object' && value !== null && BRAND in value
  }

  readonly code: SecretErrorCode
  readonly details: ErrorDetails

  constructor(code: SecretErrorCode, message: string, details: ErrorDetails = {}) {
    super(message)
    this.name = 'SecretError'
    this.code = code
    this.details = details
  }
}
