// @reports outsideBoundary
import { login } from '../../secret.ts'
export function address() {
  const { user, port } = login.expose()
  return `${user}:${port}`
}
