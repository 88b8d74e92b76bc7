import { secret } from '../../secret.ts'
const headers: Record<string, string> = { accept: '*/*', 'x-api-key': secret.expose() }
const shown = Object.fromEntries(
  Object.entries(headers).map(([name, value]) => [
    name,
    name === 'x-api-key' ? '***' : value.length,
  ]),
)
console.log(shown)
