// @typed
import { secret } from '../../secret.ts'
function describe(value: unknown): string {
  return `${value}`
}
export const text = describe(secret)
