import { secret } from '../../secret.ts'
const parts: string[] = []
parts.push(secret.expose())
console.log(parts)
