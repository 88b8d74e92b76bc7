import { secret } from '../../secret.ts'
function hold(value) {
  return { value }
}
export const held = hold(secret)
