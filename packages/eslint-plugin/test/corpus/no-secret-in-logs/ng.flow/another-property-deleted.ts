import { secret } from '../../secret.ts'
const request: { id?: number; key?: string } = { id: 1, key: secret.expose() }
delete request.id
console.log(request)
