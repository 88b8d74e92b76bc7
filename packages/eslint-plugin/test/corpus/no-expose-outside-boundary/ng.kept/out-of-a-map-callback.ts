// @typed
// @reports kept
import { secret } from '../../secret.ts'
let seen = ''
export const trimmed = secret.map((text) => {
  seen = text
  return text.trim()
})
export const wasSeen = (text: string) => seen === text
