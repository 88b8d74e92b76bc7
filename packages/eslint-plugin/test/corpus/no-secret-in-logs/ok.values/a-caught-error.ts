import { secret } from '../../secret.ts'
try {
  secret.expose()
} catch (error) {
  console.error(error)
}
