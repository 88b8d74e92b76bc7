import { secret } from '../../secret.ts'
await fetch('https://example.com', { headers: { authorization: `Bearer ${secret.expose()}` } })
console.log('sent')
