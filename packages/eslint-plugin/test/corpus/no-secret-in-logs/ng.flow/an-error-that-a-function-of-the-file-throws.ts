import { secret } from '../../secret.ts'
function check(key: string) {
  if (key.length < 32) throw new Error(`too short: ${key}`)
}
try {
  check(secret.expose())
} catch (error) {
  console.error(error)
}
