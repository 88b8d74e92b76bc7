import { Secret } from '../../secret.ts'
import { randomBytes } from 'node:crypto'
function issue(name: string) {
  const value = Secret.of(randomBytes(32).toString('base64url'), name)
  return { name, value }
}
const issued = issue('signing')
console.log(`${issued.name}=${issued.value.expose()}`)
