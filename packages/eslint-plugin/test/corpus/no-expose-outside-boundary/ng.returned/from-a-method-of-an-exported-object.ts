// @reports returned
import { secret } from '../../secret.ts'
export const keys = {
  current() {
    return secret.expose()
  },
}
