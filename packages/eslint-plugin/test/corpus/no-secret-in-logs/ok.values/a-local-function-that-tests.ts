import { secret } from '../../secret.ts'
const isLong = (key: string) => key.length > 32
console.log(isLong(secret.expose()))
