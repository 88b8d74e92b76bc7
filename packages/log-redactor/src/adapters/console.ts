/**
 * Masks secrets in the arguments of a console that writes elsewhere than to standard output, which `guardProcess` covers.
 *
 * @module
 */
import { type MasksText, redactValue } from '../redact-value.ts'

/**
 * `console` with each argument masked, of every method. The console itself stays as it is.
 *
 * @param target by default the console of the process
 */
export function redactConsole<C extends object = Console>(
  redactor: MasksText,
  target: C = console as object as C,
): C {
  return new Proxy(target, {
    get(from, key) {
      const method: unknown = Reflect.get(from, key)
      if (typeof method !== 'function' || key === 'Console') return method
      return (...args: unknown[]): unknown =>
        Reflect.apply(method, from, redactValue(redactor, args))
    },
  })
}
