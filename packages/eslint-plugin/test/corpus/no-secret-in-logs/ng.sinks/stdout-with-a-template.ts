import { secret } from '../../secret.ts'
process.stdout.write(`${JSON.stringify({ key: secret.expose() })}\n`)
