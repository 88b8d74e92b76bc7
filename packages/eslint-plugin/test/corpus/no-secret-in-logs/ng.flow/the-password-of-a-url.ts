import { secret } from '../../secret.ts'
const url = new URL('postgres://localhost/app')
url.password = secret.expose()
console.log('connecting to', url.href)
