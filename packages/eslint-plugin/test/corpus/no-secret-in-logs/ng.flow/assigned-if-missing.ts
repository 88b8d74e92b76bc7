import { secret } from '../../secret.ts'
let key: string | undefined
key ??= secret.expose()
console.log(key)
