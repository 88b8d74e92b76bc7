/**
 * Masks secrets in what log4js passes to an appender.
 *
 * @module
 */
import { type MasksText, redactValue } from '../redact-value.ts'

/** An appender of log4js 6 as a module: the `type` of one in `log4js.configure`. */
export interface Log4jsAppender {
  configure(
    config: { readonly appender?: unknown },
    layouts: unknown,
    findAppender: unknown,
  ): (event: object) => void
}

/**
 * An appender that passes masked events on to the one named by `appender`:
 * `{ masked: { type: redactLog4js(redactor), appender: 'out' } }`. Categories name `masked`, and nothing else writes to `out`.
 */
export function redactLog4js(redactor: MasksText): Log4jsAppender {
  return {
    configure({ appender }, _layouts, findAppender) {
      const find = findAppender as (name: unknown) => ((event: object) => void) | false
      const pass = find(appender)
      if (typeof pass !== 'function')
        throw new TypeError('redactLog4js masks for another appender: set `appender` to its name')
      return (event) => {
        pass(maskEvent(redactor, event))
      }
    },
  }
}

/** A copy of the same class: layouts call its methods. */
function maskEvent(redactor: MasksText, event: object): object {
  const { data, context, error } = event as Record<string, unknown>
  const masked = redactValue(redactor, { data, context, error })
  const prototype = Object.getPrototypeOf(event) as object
  return Object.assign(Object.create(prototype) as object, event, masked)
}
