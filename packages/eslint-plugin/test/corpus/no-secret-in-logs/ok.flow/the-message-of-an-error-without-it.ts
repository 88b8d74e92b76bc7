import { secret } from '../../secret.ts'
try {
  if (secret.expose() === '') throw new Error(`${secret.label} is empty`)
} catch (error) {
  if (error instanceof Error) console.error(error.message)
}
