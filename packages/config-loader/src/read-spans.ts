import { installCommand } from '@rekey/secret/internal'
import type { SecretSource } from '@rekey/secret'

/**
 * Adds a span for each read of a source. Nothing fails for want of spans: an API of OpenTelemetry that is not installed is a
 * warning.
 */
export async function addReadSpans<T extends { readonly source: SecretSource }>(
  opened: T,
): Promise<T> {
  try {
    const { withReadSpans } = await import('./store/opentelemetry.ts')
    return { ...opened, source: withReadSpans(opened.source) }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ERR_MODULE_NOT_FOUND') throw error
    const command = installCommand(import.meta.url, '@rekey/config-loader', '@opentelemetry/api')
    process.emitWarning(
      `an OpenTelemetry SDK is registered, but reads of secrets have no spans: ${command}`,
    )
    return opened
  }
}
