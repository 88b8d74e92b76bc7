import { secret } from '../../secret.ts'
import { stderr } from 'node:process'
stderr.write(secret.expose())
