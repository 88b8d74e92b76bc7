// @typed
import { secret } from '../../secret.ts'
export function finish(done?: (result: unknown) => void) {
  done?.(secret)
}
