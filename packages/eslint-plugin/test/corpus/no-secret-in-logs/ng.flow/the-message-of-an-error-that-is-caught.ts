import { secret } from '../../secret.ts'
try {
  throw new Error(`refused: ${secret.expose()}`)
} catch (error) {
  if (error instanceof Error) console.error(error.message)
}
