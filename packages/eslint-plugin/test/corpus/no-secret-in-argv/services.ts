// ---- a-backup
import { login } from '../../secret.ts'
import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
const run = promisify(execFile)
export async function backup(database: string) {
  const { user, password } = login.expose()
  const url = `postgres://${user}:${password}@localhost/${database}`
  const { stdout } = await run('pg_dump', ['--dbname', url, '--format', 'custom'], { // expect: exposedSecret
    encoding: 'buffer',
  })
  return stdout
}

// ---- a-backup-clean
import { login } from '../../secret.ts'
import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
const run = promisify(execFile)
export async function backup(database: string) {
  const { user, password } = login.expose()
  const env = { ...process.env, PGPASSWORD: password }
  const { stdout } = await run('pg_dump', ['--username', user, '--dbname', database], { env })
  return stdout
}

// ---- a-child-of-node
import { secret } from '../../secret.ts'
import { spawn } from 'node:child_process'
const child = spawn(process.execPath, ['--import', 'tsx', 'worker.ts', `--key=${secret.expose()}`]) // expect: exposedSecret
child.on('exit', (code) => process.exit(code ?? 1))

// ---- a-command-of-parts.js
import { exec } from 'node:child_process'
import { secret } from '../../secret.ts'
export function upload(file) {
  const parts = ['curl', '-sS', '-T', file]
  parts.push(`-H 'x-api-key: ${secret.expose()}'`)
  return new Promise((resolve, reject) => {
    exec(parts.join(' '), (error, stdout) => (error ? reject(error) : resolve(stdout))) // expect: exposedSecret
  })
}

// ---- a-process-manager.js
// missed
import pm2 from 'pm2'
import { secret } from '../../secret.ts'
pm2.start({ script: 'worker.js', args: ['--key', secret.expose()] })

// ---- a-runner-with-options
import { secret } from '../../secret.ts'
import { spawn, type SpawnOptions } from 'node:child_process'
export class Runner {
  constructor(private readonly options: SpawnOptions = {}) {}
  run(command: string, args: readonly string[]) {
    return spawn(command, [...args], { ...this.options, stdio: 'inherit' }) // expect: exposedSecret
  }
  login() {
    return this.run('vault', ['login', '-no-print', secret.expose()])
  }
}

// ---- a-runner-with-an-environment
import { secret } from '../../secret.ts'
import { spawn } from 'node:child_process'
export class Runner {
  run(command: string, args: readonly string[], env: NodeJS.ProcessEnv) {
    return spawn(command, [...args], { env, stdio: 'inherit' })
  }
  login() {
    return this.run('vault', ['token', 'lookup'], { VAULT_TOKEN: secret.expose() })
  }
}

// ---- a-shell-of-another-name
import { secret } from '../../secret.ts'
import { $ as sh } from 'zx'
const flags = ['--token', secret.expose()]
await sh`gh auth login ${flags}` // expect: exposedSecret

// ---- a-shell-with-a-pipe
import { secret } from '../../secret.ts'
import { execSync } from 'node:child_process'
const token = secret.expose().trim()
execSync(`echo ${token} | docker login --username app --password-stdin`, { stdio: 'pipe' }) // expect: exposedSecret

// ---- an-old-execa.js
import execa from 'execa'
import { secret } from '../../secret.ts'
export const login = () => execa.command(`vault login ${secret.expose()}`) // expect: exposedSecret

// ---- a-key-in-a-file.js
import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { secret } from '../../secret.ts'
const folder = mkdtempSync('key-')
const file = join(folder, 'key.pem')
writeFileSync(file, secret.expose(), { mode: 0o600 })
execFileSync('openssl', ['pkey', '-in', file, '-pubout'])
rmSync(folder, { recursive: true })

// ---- a-styled-element
import { secret } from '../../secret.ts'
import { html } from 'htm/preact'
export const field = () => html`<input type="password" value=${secret.expose()} />`
