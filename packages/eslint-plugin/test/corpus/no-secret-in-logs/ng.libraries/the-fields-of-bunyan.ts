import { secret } from '../../secret.ts'
import { createLogger } from 'bunyan'
export const ring = createLogger({ name: 'frontend', key: secret.expose() })
