import { secret } from '../../secret.ts'
import { spawn } from 'node:child_process'
const child = spawn('vault', ['login', '-'])
child.stdin.write(secret.expose())
child.stdin.end()
