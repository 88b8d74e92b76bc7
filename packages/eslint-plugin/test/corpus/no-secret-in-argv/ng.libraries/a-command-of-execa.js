import { secret } from '../../secret.ts'
import { execaCommand } from 'execa'
await execaCommand(`vault login ${secret.expose()}`)
