import { secret } from '../../secret.ts'
let count = 0
export const trimmed = secret.map((text) => {
  count = text.length
  return text.trim()
})
export const size = () => count
