// @reports returned
import { login } from '../../secret.ts'
export function connectionOptions(host: string) {
  const { user, password } = login.expose()
  return { host, user, password, ssl: true }
}
