import { secret } from '../../secret.ts'
const headers = new Headers()
headers.set('authorization', `Bearer ${secret.expose()}`)
const response = await fetch('https://example.com', { headers })
console.log(response.status, await response.json())
