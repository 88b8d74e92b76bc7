/**
 * Masks secrets in the finished lines of pino, and of what is built on it: pino-http and Fastify.
 *
 * @module
 */
import type { LoggerOptions } from 'pino'
import { createPathCensor } from './paths/index.ts'
import type { Redactor } from './redactor.ts'

/**
 * Options for `pino(redactPino(redactor, options), destination)`: `options` with a last step that redacts the finished
 * line, after serializers, mixins, child bindings and any `streamWrite` hook of your own, before any destination. The same
 * options are those of `pinoHttp`, and of `logger` in Fastify.
 *
 * `redact` is what it is in pino, with `paths`, `censor` and `remove`, and is done in the finished line as well: no object of
 * yours is changed or cloned for it, and none makes it throw. A child adds paths, and removes none of its parent.
 *
 * @throws {SecretError} `malformed` for a `redact` that pino would refuse
 */
export function redactPino<Options extends object, Levels extends string = never>(
  redactor: Redactor,
  options?: Options & LoggerOptions<Levels>,
): Options & LoggerOptions<Levels> {
  const { redact, ...others } = options ?? ({} as LoggerOptions<Levels>)
  const own = others.hooks?.streamWrite
  const censor = redact && createPathCensor(redact)
  const streamWrite = (line: string) => {
    const written = own === undefined ? line : own(line)
    return redactor.redact(censor === undefined ? written : censor(written))
  }
  return { ...others, hooks: { ...others.hooks, streamWrite } } as Options & LoggerOptions<Levels>
}
