import { secret } from '../../secret.ts'
const decrypt = (text: string) => text
console.log(decrypt(secret.expose()))
