import { secret } from '../../secret.ts'
let problem: unknown
try {
  secret.expose()
} catch (error) {
  problem = error
}
export default problem
