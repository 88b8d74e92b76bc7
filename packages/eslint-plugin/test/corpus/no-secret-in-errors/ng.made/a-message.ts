import { secret } from '../../secret.ts'
export function connect() {
  throw new Error(`login with ${secret.expose()} refused`)
}
