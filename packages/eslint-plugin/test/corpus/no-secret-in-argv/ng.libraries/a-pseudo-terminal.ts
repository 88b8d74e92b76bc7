import { secret } from '../../secret.ts'
import * as pty from 'node-pty'
pty.spawn('ssh', ['-o', `SendEnv=${secret.expose()}`], {})
