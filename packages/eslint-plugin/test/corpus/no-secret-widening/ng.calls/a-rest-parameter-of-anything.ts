// @typed
import { secret } from '../../secret.ts'
function join(...given: any[]): string {
  return given.join(', ')
}
export const text = join('key', secret)
