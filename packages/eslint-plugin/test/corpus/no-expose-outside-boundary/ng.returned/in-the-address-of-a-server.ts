// @reports returned
import { login } from '../../secret.ts'
export function databaseUrl(base: string) {
  const url = new URL(base)
  url.password = login.expose().password
  return url
}
