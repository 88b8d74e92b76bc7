import { secret } from '../../secret.ts'
const request = { url: '/keys', headers: {} as Record<string, string> }
request.headers['authorization'] = `Bearer ${secret.expose()}`
console.log(request)
