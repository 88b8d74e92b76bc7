import { secret } from '../../secret.ts'
const request: { key?: string } = {}
request.key = secret.expose()
console.log(request)
