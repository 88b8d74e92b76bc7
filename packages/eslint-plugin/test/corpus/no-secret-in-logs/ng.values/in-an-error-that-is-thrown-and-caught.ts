import { secret } from '../../secret.ts'
try {
  throw new Error(secret.expose())
} catch (error) {
  console.error(error)
}
