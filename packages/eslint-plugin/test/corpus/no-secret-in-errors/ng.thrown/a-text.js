import { secret } from '../../secret.ts'
export function refuse() {
  throw 'wrong key ' + secret.expose()
}
