import { secret } from '../../secret.ts'
const fallback: string | undefined = undefined
console.log(fallback ?? secret.expose())
