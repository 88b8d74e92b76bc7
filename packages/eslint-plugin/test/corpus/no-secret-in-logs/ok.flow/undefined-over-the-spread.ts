import { secret } from '../../secret.ts'
const options = { method: 'POST', headers: { authorization: `Bearer ${secret.expose()}` } }
await fetch('https://example.com', options)
console.log({ ...options, headers: undefined })
