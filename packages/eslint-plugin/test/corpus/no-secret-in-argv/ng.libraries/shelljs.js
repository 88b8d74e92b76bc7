import { secret } from '../../secret.ts'
import shell from 'shelljs'
shell.exec(`vault login ${secret.expose()}`, { silent: true })
