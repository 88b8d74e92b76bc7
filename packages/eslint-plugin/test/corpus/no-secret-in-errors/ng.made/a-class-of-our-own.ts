import { secret } from '../../secret.ts'
import { ConfigError } from './config-error.ts'
if (secret.expose().length < 32) throw new ConfigError('too short', { key: secret.expose() })
