/**
 * Masks secrets in what winston passes to its transports.
 *
 * @module
 */
import { type MasksText, redactValue } from '../redact-value.ts'

/** A format of winston (logform 2). */
export interface WinstonFormat {
  /** `info` masked: its fields, which transports with a format of their own read, and the finished line that the others write. */
  readonly transform: <Info extends object>(info: Info) => Info
}

/**
 * The last format of a logger: `format.combine(format.json(), redactWinston(redactor))`. It masks the fields, the finished line and the
 * arguments that wait for `format.splat()`, so transports with a format of their own get no secret either.
 */
export function redactWinston(redactor: MasksText): WinstonFormat {
  return { transform: (info) => redactValue(redactor, info) }
}
