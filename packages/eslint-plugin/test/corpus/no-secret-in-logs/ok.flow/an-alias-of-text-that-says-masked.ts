import { secret } from '../../secret.ts'
type MaskedText = string
function shorten(text: string): MaskedText {
  return `${text.slice(0, 2)}…`
}
console.log(shorten(secret.expose()))
