/**
 * Masks secrets in what Sentry sends.
 *
 * @module
 */
import { type MasksText, redactValue } from '../redact-value.ts'

type Hook = (sent: unknown, ...rest: unknown[]) => unknown

/** The last steps before events, spans, logs and metrics are sent, and before breadcrumbs are kept for events. */
const HOOKS = ['beforeSend', 'beforeSendLog', 'beforeSendMetric', 'beforeBreadcrumb']

/**
 * Options for `Sentry.init(redactSentry(redactor, options))`: `options` of Sentry 11 whose `before…` hooks mask what Sentry is about to send or
 * to keep, after those of your own. Attachments pass as they are.
 */
export function redactSentry<Options extends object>(
  redactor: MasksText,
  options: Options,
): Options {
  const own = options as Readonly<Record<string, unknown>>
  const hookOf = (name: string) => own[name] as Hook | undefined
  const hooks: Record<string, Hook> = {
    beforeSendSpan: maskSpan(redactor, hookOf('beforeSendSpan')),
  }
  for (const name of HOOKS) hooks[name] = maskAfter(redactor, hookOf(name))
  const transaction = hookOf('beforeSendTransaction')
  // Sentry warns of this hook where it streams spans, which is its default.
  if (transaction !== undefined || own['traceLifecycle'] === 'static')
    hooks['beforeSendTransaction'] = maskAfter(redactor, transaction)
  return { ...options, ...hooks }
}

function maskAfter(redactor: MasksText, own: Hook | undefined): Hook {
  return (sent, ...rest) => {
    const result = own ? own(sent, ...rest) : sent
    if (result instanceof Promise) return result.then((later: unknown) => mask(redactor, later))
    return mask(redactor, result)
  }
}

/** Sentry sends a span as it was where its hook fails or returns nothing. */
function maskSpan(redactor: MasksText, own: Hook | undefined): Hook {
  const hook: Hook = (span) => {
    let result: unknown
    try {
      result = own?.(span)
    } catch {
      // As Sentry does, but masked.
    }
    return mask(redactor, result ?? span)
  }
  // The mark of a hook for static spans is a property.
  return own ? Object.defineProperties(hook, Object.getOwnPropertyDescriptors(own)) : hook
}

/** `sdkProcessingMetadata` is not sent, and leads to the request, its sockets and the client. */
function mask(redactor: MasksText, sent: unknown): unknown {
  if (typeof sent !== 'object' || sent === null) return sent
  const { sdkProcessingMetadata, ...rest } = sent as Record<string, unknown>
  const masked = redactValue(redactor, rest)
  if (masked === rest) return sent
  return { ...masked, ...(sdkProcessingMetadata !== undefined && { sdkProcessingMetadata }) }
}
