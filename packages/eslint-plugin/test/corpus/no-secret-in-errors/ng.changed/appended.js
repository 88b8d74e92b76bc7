import { secret } from '../../secret.ts'
export function explain(error) {
  error.message += ` with ${secret.expose()}`
  return error
}
