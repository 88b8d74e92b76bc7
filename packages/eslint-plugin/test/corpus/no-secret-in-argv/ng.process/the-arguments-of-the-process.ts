import { secret } from '../../secret.ts'
process.argv.push('--key', secret.expose())
await import('./cli.ts')
