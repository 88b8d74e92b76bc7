import { login, secret } from '../../secret.ts'
import { inspect } from 'node:util'
function loadConfig() {
  const { user, password } = login.expose()
  return {
    port: 8080,
    database: { host: 'localhost', user, password },
    signing: { url: 'https://signing', key: secret.expose() },
  } as const
}
const config = loadConfig()
process.stdout.write(`starting with ${inspect(config, { depth: null })}\n`)
