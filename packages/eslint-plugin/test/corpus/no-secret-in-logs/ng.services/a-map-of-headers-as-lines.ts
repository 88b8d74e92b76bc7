import { secret } from '../../secret.ts'
const headers: Record<string, string> = { accept: 'application/json' }
headers['x-api-key'] = secret.expose()
const lines = Object.entries(headers)
  .map(([name, value]) => `${name}: ${value}`)
  .join('\n')
console.error(`request:\n${lines}`)
