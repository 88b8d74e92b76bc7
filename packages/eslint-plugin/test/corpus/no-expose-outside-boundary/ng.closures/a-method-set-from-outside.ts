// @reports kept
import type { Secret } from '../../secret.ts'
interface Server {
  verify?: (given: string) => boolean
}
const server: Server = {}
export function protect(secret: Secret) {
  const password = secret.expose()
  server.verify = (given) => given === password
}
