// @typed
import { secret } from '../../secret.ts'

export const matches = (guess: string) => {
  let same = false
  secret.map((value) => (same = value === guess))
  return same
}
