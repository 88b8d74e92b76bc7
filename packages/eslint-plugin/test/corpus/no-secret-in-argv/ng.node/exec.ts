import { secret } from '../../secret.ts'
import { exec } from 'node:child_process'
exec(`vault login ${secret.expose()}`, (error) => process.exit(error ? 1 : 0))
