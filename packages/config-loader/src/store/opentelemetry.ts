/**
 * Spans of OpenTelemetry for reads of secrets.
 *
 * @module
 */
import { type Span, SpanStatusCode, trace, type TracerProvider } from '@opentelemetry/api'
import { SecretError, type SecretSource, type StagedSecret } from '@rekey/secret'

/** Options of {@link withReadSpans}. */
export interface ReadSpanOptions {
  /** Default: the provider that is registered with `@opentelemetry/api`, or none. */
  readonly tracerProvider?: TracerProvider
}

/**
 * Makes of a source one that has a span `rekey.secret.read` for each read, a child of the span that is active: with the names of the secrets, the
 * locator, the version that is current and the code of an error, never a value. Without a registered SDK there is no span.
 *
 * @example
 * ```ts
 * const source = withReadSpans(await openDotenvStore({ path: '.env' }))
 * ```
 */
export function withReadSpans(
  source: SecretSource,
  { tracerProvider = trace.getTracerProvider() }: ReadSpanOptions = {},
): SecretSource {
  const tracer = tracerProvider.getTracer('@rekey/config-loader')
  const { locator } = source
  const inSpan = <T>(names: readonly string[], read: (span: Span) => Promise<T>): Promise<T> => {
    const attributes = { 'rekey.source': locator, 'rekey.secret.name': [...names] }
    return tracer.startActiveSpan('rekey.secret.read', { attributes }, async (span) => {
      try {
        return await read(span)
      } catch (error) {
        fail(span, error)
        throw error
      } finally {
        span.end()
      }
    })
  }
  const { watch, released, rejected, readAll } = boundOf(source)
  return {
    locator,
    read: (name, signal) =>
      inSpan([name], async (span) => noted(span, name, await source.read(name, signal))),
    ...(watch && { watch }),
    ...(released && { released }),
    ...(rejected && { rejected }),
    ...(readAll && {
      readAll: (names, signal) =>
        inSpan(names, async (span) => {
          const answers = await readAll(names, signal)
          for (const [name, answer] of answers) noted(span, name, answer)
          return answers
        }),
    }),
  }
}

/** The members that a source may have, as functions of their own. */
function boundOf(source: SecretSource) {
  return {
    watch: source.watch?.bind(source),
    released: source.released?.bind(source),
    rejected: source.rejected?.bind(source),
    readAll: source.readAll?.bind(source),
  }
}

/** Adds an event for the answer about one secret. */
function noted<T extends StagedSecret | SecretError>(span: Span, name: string, answer: T): T {
  if (answer instanceof SecretError) fail(span, answer)
  const found =
    answer instanceof SecretError
      ? { 'error.type': answer.code }
      : { 'rekey.version.current': answer.current.version }
  span.addEvent('rekey.secret', { 'rekey.secret.name': name, ...found })
  return answer
}

/** The message of an error of another library may hold a value, so it is left out. */
function fail(span: Span, error: unknown): void {
  const isOwn = error instanceof SecretError
  span.setStatus({ code: SpanStatusCode.ERROR, ...(isOwn && { message: error.message }) })
  span.setAttribute('error.type', isOwn ? error.code : '_OTHER')
}
