import { secret } from '../../secret.ts'
import { execFileSync } from 'node:child_process'
try {
  execFileSync('vault', ['login', secret.expose()])
} catch (error) {
  console.error(error)
}
