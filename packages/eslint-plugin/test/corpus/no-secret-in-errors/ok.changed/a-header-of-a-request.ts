import { secret } from '../../secret.ts'
const request = { headers: {} as Record<string, string>, error: undefined }
request.headers['authorization'] = secret.expose()
export { request }
