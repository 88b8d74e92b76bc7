import { secret } from '../../secret.ts'
try {
  throw new Error(secret.expose())
} catch {
  console.error('refused')
}
try {
  throw new Error('closed')
} catch (error) {
  console.error(error)
}
