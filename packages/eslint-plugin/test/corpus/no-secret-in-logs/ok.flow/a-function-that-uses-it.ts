import { secret } from '../../secret.ts'
const signer = (key: string) => (text: string) => `${text}${key.length}`
const sign = signer(secret.expose())
console.log(sign.name)
