// @reports kept
import { login } from '../../secret.ts'
export function prepare() {
  process.env['PGPASSWORD'] = login.expose().password
}
