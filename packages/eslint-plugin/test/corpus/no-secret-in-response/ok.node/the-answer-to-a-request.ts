import { secret } from '../../secret.ts'
const response = await fetch('https://example.com', {
  method: 'POST',
  headers: { authorization: `Bearer ${secret.expose()}` },
  body: JSON.stringify({ key: secret.expose() }),
})
console.log(await response.json())
