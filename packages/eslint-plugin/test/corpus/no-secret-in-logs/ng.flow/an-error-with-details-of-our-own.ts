import { secret } from '../../secret.ts'
class ConfigError extends Error {
  constructor(readonly details: object) {
    super('bad configuration')
  }
}
console.error(new ConfigError({ key: secret.expose() }))
