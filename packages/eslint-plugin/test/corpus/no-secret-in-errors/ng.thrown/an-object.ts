import { secret } from '../../secret.ts'
export function refuse() {
  throw { status: 401, key: secret.expose() }
}
