import { secret } from '../../secret.ts'
import { ErrorReporter } from './error-reporter.ts'
export const reporter = new ErrorReporter({ dsn: secret.expose() })
