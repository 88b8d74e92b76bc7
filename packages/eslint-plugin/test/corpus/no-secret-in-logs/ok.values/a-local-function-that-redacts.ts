import { secret } from '../../secret.ts'
function redact(text: string) {
  return `${text.slice(0, 2)}…`
}
console.log(redact(secret.expose()))
