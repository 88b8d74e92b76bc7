import { secret } from '../../secret.ts'
import { spawn } from 'node:child_process'
spawn('worker', [], { argv0: `worker ${secret.expose()}` })
