import { secret } from '../../secret.ts'
import { spawn } from 'node:child_process'
const args = ['login', '--token', secret.expose()]
const child = spawn('gh', args, { stdio: 'inherit' })
child.unref()
