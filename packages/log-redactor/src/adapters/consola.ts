/**
 * Masks secrets in what consola passes to its reporters.
 *
 * @module
 */
import { type MasksText, redactValue } from '../redact-value.ts'

/** An instance of consola 3, as far as it is needed. */
interface Consola<Reporter> {
  readonly options: { reporters: Reporter[] }
}

/**
 * The instance itself, whose reporters get masked arguments. Instances that are made from it later (`withTag`, `create`) have the same
 * reporters; a reporter that is added later is not masked.
 */
export function redactConsola<C extends Consola<{ log(entry: never, context: never): unknown }>>(
  redactor: MasksText,
  consola: C,
): C {
  const { options } = consola
  options.reporters = options.reporters.map((reporter) => ({
    log: (entry, context) => reporter.log(redactValue(redactor, entry), context),
  }))
  return consola
}
