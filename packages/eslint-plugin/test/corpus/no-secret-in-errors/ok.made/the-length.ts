import { secret } from '../../secret.ts'
import { ConfigError } from './config-error.ts'
const { length } = secret.expose()
if (length < 32) throw new ConfigError('too short', { length, minimum: 32 })
