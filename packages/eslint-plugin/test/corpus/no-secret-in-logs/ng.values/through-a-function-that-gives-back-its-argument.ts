import { secret } from '../../secret.ts'
const same = (text: string) => `<${text}>`
console.log(same(secret.expose()))
