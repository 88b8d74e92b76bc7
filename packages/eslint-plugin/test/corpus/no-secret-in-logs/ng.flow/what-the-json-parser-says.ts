import { secret } from '../../secret.ts'
try {
  JSON.parse(secret.expose())
} catch (error) {
  console.error('the key is no JSON', error)
}
