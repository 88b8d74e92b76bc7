import { secret } from '../../secret.ts'
type Redacted = string & { readonly redacted: true }
const shorten = (text: string): Redacted => `${text.slice(0, 2)}…` as Redacted
console.log(shorten(secret.expose()))
