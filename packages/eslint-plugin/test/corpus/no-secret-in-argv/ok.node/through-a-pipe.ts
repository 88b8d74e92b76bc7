import { secret } from '../../secret.ts'
import { spawn } from 'node:child_process'
const child = spawn('gpg', ['--passphrase-fd', '3'], { stdio: ['pipe', 'pipe', 'pipe', 'pipe'] })
child.stdin?.end(secret.expose())
