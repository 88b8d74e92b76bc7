import { secret } from '../../secret.ts'
const options = { method: 'POST', headers: { authorization: `Bearer ${secret.expose()}` } }
const response = await fetch('https://example.com', options)
if (!response.ok) console.error('failed', options)
