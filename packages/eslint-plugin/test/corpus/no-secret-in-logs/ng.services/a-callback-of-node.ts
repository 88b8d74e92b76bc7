import { secret } from '../../secret.ts'
import { pbkdf2 } from 'node:crypto'
pbkdf2(secret.expose(), 'salt', 1, 32, 'sha256', (error, derived) => {
  if (error !== null) console.error('cannot derive from', secret.expose(), error)
  else console.log(derived.length)
})
