import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { secret } from '../../secret.ts'
const folder = mkdtempSync('key-')
const file = join(folder, 'key.pem')
writeFileSync(file, secret.expose(), { mode: 0o600 })
execFileSync('openssl', ['pkey', '-in', file, '-pubout'])
rmSync(folder, { recursive: true })
