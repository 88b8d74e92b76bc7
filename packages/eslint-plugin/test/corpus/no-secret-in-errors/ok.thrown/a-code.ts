import { secret } from '../../secret.ts'
export function refuse(given: string) {
  if (given !== secret.expose()) throw { status: 401, secret: secret.label }
}
