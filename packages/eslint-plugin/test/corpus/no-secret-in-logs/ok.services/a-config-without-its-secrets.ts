import { login, secret } from '../../secret.ts'
function loadConfig() {
  return { port: 8080, database: login.expose(), signing: { url: 'x', key: secret.expose() } }
}
const { database, signing, ...shown } = loadConfig()
console.log('starting with', shown, signing.url)
