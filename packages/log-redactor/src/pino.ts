/**
 * Masks secrets in the finished lines of pino, and of what is built on it: pino-http and Fastify.
 *
 * @module
 */
import type { LoggerOptions } from 'pino'
import type { Redactor } from './redactor.ts'

/**
 * Options for `pino(redactPino(redactor, options), destination)`: `options` with a last step that redacts the finished
 * line, after serializers, mixins, child bindings and any `streamWrite` hook of your own, before any destination. The same
 * options are those of `pinoHttp`, and of `logger` in Fastify.
 */
export function redactPino<Options extends object, Levels extends string = never>(
  redactor: Redactor,
  options?: Options & LoggerOptions<Levels>,
): Options & LoggerOptions<Levels> {
  const own = options?.hooks?.streamWrite
  const streamWrite = own
    ? (line: string) => redactor.redact(own(line))
    : (line: string) => redactor.redact(line)
  return { ...options, hooks: { ...options?.hooks, streamWrite } } as Options &
    LoggerOptions<Levels>
}
