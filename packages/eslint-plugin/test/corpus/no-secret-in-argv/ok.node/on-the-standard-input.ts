import { secret } from '../../secret.ts'
import { execFileSync, spawnSync } from 'node:child_process'
execFileSync('docker', ['login', '--password-stdin'], { input: secret.expose() })
spawnSync('vault', ['login', '-'], { input: `${secret.expose()}\n` })
