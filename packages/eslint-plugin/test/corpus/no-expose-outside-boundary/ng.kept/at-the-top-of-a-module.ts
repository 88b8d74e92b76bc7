// @reports kept
import { secret } from '../../secret.ts'
const apiKey = secret.expose()
export const call = (url: string) => fetch(url, { headers: { 'x-api-key': apiKey } })
