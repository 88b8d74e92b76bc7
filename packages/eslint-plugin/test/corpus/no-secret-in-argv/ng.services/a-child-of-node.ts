import { secret } from '../../secret.ts'
import { spawn } from 'node:child_process'
const child = spawn(process.execPath, ['--import', 'tsx', 'worker.ts', `--key=${secret.expose()}`])
child.on('exit', (code) => process.exit(code ?? 1))
