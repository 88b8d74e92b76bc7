import { secret } from '../../secret.ts'
import { spawn } from 'node:child_process'
spawn('check', ['--length', String(secret.expose().length), '--name', secret.label])
