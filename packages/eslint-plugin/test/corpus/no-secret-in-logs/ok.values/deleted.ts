import { secret } from '../../secret.ts'
const request: { key?: string } = { key: secret.expose() }
delete request.key
console.log(request)
