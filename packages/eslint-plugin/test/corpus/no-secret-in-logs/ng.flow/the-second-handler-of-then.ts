import { secret } from '../../secret.ts'
async function connect() {
  throw new Error(`refused: ${secret.expose()}`)
}
connect().then(
  () => console.log('connected'),
  (error) => console.error(error),
)
