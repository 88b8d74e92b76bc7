import { secret } from '../../secret.ts'
const request: { key?: string } = { key: secret.expose() }
console.log(request)
delete request.key
