// @reports kept
import { secret } from '../../secret.ts'
export function remember() {
  localStorage.setItem('token', secret.expose())
}
