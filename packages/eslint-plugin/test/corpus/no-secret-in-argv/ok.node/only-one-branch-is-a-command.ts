import { secret } from '../../secret.ts'
import { execSync } from 'node:child_process'
const command = secret.expose() === '' ? 'vault token create' : 'vault token renew'
execSync(command)
