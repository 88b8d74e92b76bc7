import { secret } from '../../secret.ts'
const request: { key?: string } = {}
console.log(request)
request.key = secret.expose()
