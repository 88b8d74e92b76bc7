import { secret } from '../../secret.ts'
import { reportErrorsTo } from './errors.ts'
reportErrorsTo({ dsn: secret.expose() })
