import { secret } from '../../secret.ts'
async function connect() {
  throw new Error(`refused: ${secret.expose()}`)
}
connect().catch((error) => console.error(error))
