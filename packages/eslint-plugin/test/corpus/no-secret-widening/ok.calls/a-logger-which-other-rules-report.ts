import { secret } from '../../secret.ts'
interface Logger {
  info(fields: Record<string, unknown>, message?: string): void
  warn(...given: unknown[]): void
  error(...given: unknown[]): void
  debug(...given: unknown[]): void
}
export function start(logger: Logger) {
  logger.info({ secret }, 'starting')
  logger.warn(secret)
}
