// @reports outsideBoundary
import { secret } from '../../secret.ts'
export function connect(open) {
  return open({ password: secret.expose() })
}
