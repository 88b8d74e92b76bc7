/**
 * Masks secrets in the finished lines of pino.
 *
 * @module
 */
import type { LoggerOptions } from 'pino'
import type { Redactor } from './redactor.ts'

/**
 * Options for `pino(redactPino(redactor, options), destination)`: `options` with a last step that redacts the finished
 * line, after serializers, mixins, child bindings and any `streamWrite` hook of your own, before any destination.
 */
export function redactPino<Levels extends string = never>(
  redactor: Redactor,
  options: LoggerOptions<Levels> = {},
): LoggerOptions<Levels> {
  const own = options.hooks?.streamWrite
  const streamWrite = own
    ? (line: string) => redactor.redact(own(line))
    : (line: string) => redactor.redact(line)
  return { ...options, hooks: { ...options.hooks, streamWrite } }
}
