// ---- a-secret-itself
import { secret } from '../../secret.ts'
import { execSync } from 'node:child_process'
execSync(`vault login ${secret}`) // expect typed: secretObject

// ---- in-the-environment-of-a-command
import { secret } from '../../secret.ts'
import { exec } from 'node:child_process'
exec('vault login -', { env: { VAULT_TOKEN: secret.expose() } }, () => undefined)

// ---- by-a-function-of-the-file
import { secret } from '../../secret.ts'
import { spawnSync } from 'node:child_process'
function openssl(...args: string[]) {
  return spawnSync('openssl', args, { encoding: 'utf8' }).stdout // expect: exposedSecret
}
openssl('enc', '-k', secret.expose())

// ---- exec-file-sync-of-a-namespace
import { secret } from '../../secret.ts'
import * as childProcess from 'node:child_process'
childProcess.execFileSync('curl', [ // expect: exposedSecret
  '-H',
  `Authorization: Bearer ${secret.expose()}`,
  'https://example.com',
])

// ---- exec-file
import { secret } from '../../secret.ts'
import { execFile } from 'node:child_process'
execFile('openssl', ['pkcs12', '-passin', `pass:${secret.expose()}`], () => undefined) // expect: exposedSecret

// ---- a-file-with-the-key
import { secret } from '../../secret.ts'
import { execFileSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
writeFileSync('/run/keys/pass', secret.expose(), { mode: 0o600 })
execFileSync('openssl', ['pkcs12', '-passin', 'file:/run/keys/pass'])

// ---- exec-sync.js
const { execSync } = require('child_process')
const { login } = require('../../secret.ts')
const { user, password } = login.expose()
execSync('mysqldump -u ' + user + ' -p' + password + ' app > dump.sql') // expect: exposedSecret

// ---- exec
import { secret } from '../../secret.ts'
import { exec } from 'node:child_process'
exec(`vault login ${secret.expose()}`, (error) => process.exit(error ? 1 : 0)) // expect: exposedSecret

// ---- on-the-standard-input
import { secret } from '../../secret.ts'
import { execFileSync, spawnSync } from 'node:child_process'
execFileSync('docker', ['login', '--password-stdin'], { input: secret.expose() })
spawnSync('vault', ['login', '-'], { input: `${secret.expose()}\n` })

// ---- fork
import { secret } from '../../secret.ts'
import { fork } from 'node:child_process'
fork('./worker.js', [secret.expose()], { silent: true }) // expect: exposedSecret

// ---- as-a-message
import { secret } from '../../secret.ts'
import { fork } from 'node:child_process'
const worker = fork('./worker.js', ['--quiet'])
worker.send({ key: secret.expose() })

// ---- promisified-exec-file.js
const util = require('util')
const execFile = util.promisify(require('child_process').execFile)
const { secret } = require('../../secret.ts')
execFile('ssh-keygen', ['-N', secret.expose(), '-f', 'key']) // expect: exposedSecret

// ---- promisified
import { secret } from '../../secret.ts'
import { exec } from 'node:child_process'
import { promisify } from 'node:util'
const run = promisify(exec)
await run(`docker login -p ${secret.expose()}`) // expect: exposedSecret

// ---- shown-in-hex
import { secret } from '../../secret.ts'
import { execFileSync } from 'node:child_process'
const key = Buffer.from(secret.expose()).toString('hex')
execFileSync('openssl', ['dgst', '-mac', 'HMAC', '-macopt', `hexkey:${key}`]) // expect: exposedSecret

// ---- spawn-sync-with-pushed-arguments
import { secret } from '../../secret.ts'
import cp from 'node:child_process'
const args = ['--host', 'localhost']
if (secret.expose() !== '') args.push('--password', secret.expose())
cp.spawnSync('pg_dump', args) // expect: exposedSecret

// ---- in-the-environment
import { secret } from '../../secret.ts'
import { spawn } from 'node:child_process'
spawn('pg_dump', ['--host', 'localhost'], {
  env: { ...process.env, PGPASSWORD: secret.expose() },
})

// ---- spawn
import { secret } from '../../secret.ts'
import { spawn } from 'node:child_process'
const args = ['login', '--token', secret.expose()]
const child = spawn('gh', args, { stdio: 'inherit' }) // expect: exposedSecret
child.unref()

// ---- through-a-pipe
import { secret } from '../../secret.ts'
import { spawn } from 'node:child_process'
const child = spawn('gpg', ['--passphrase-fd', '3'], { stdio: ['pipe', 'pipe', 'pipe', 'pipe'] })
child.stdin?.end(secret.expose())

// ---- spread-arguments
import { secret } from '../../secret.ts'
import { spawn } from 'node:child_process'
export const run = (rest: string[]) => spawn('vault', ['-token', secret.expose(), ...rest]) // expect: exposedSecret

// ---- only-one-branch-is-a-command
import { secret } from '../../secret.ts'
import { execSync } from 'node:child_process'
const command = secret.expose() === '' ? 'vault token create' : 'vault token renew'
execSync(command)

// ---- the-name-of-the-program
import { secret } from '../../secret.ts'
import { spawn } from 'node:child_process'
spawn('worker', [], { argv0: `worker ${secret.expose()}` }) // expect: exposedSecret

// ---- a-length
import { secret } from '../../secret.ts'
import { spawn } from 'node:child_process'
spawn('check', ['--length', String(secret.expose().length), '--name', secret.label])

// ---- a-fingerprint
import { secret } from '../../secret.ts'
import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
const digest = createHash('sha256').update(secret.expose()).digest('hex')
execFile('revoke', [digest], () => undefined)

// ---- a-spawn-of-something-else
import { secret } from '../../secret.ts'
declare const game: { spawn(kind: string, options: object): void; fork(key: string): void }
game.spawn('monster', { key: secret.expose() })
game.fork(secret.expose())

// ---- an-exec-of-a-pattern
import { secret } from '../../secret.ts'
export const parts = /^rk_(\w+)_/.exec(secret.expose())

// ---- in-the-environment-without-arguments
import { secret } from '../../secret.ts'
import { spawnSync } from 'node:child_process'
spawnSync('pg_dump', { env: { PGPASSWORD: secret.expose() }, stdio: 'inherit' })

// ---- options-in-a-variable
import { secret } from '../../secret.ts'
import { fork } from 'node:child_process'
const options = { env: { KEY: secret.expose() } }
fork('./worker.js', options)

// ---- options-of-a-function
import { secret } from '../../secret.ts'
import { spawn, type SpawnOptions } from 'node:child_process'
function run(command: string, options: SpawnOptions) {
  return spawn(command, options) // wrong untyped: exposedSecret
}
run('pg_dump', { env: { PGPASSWORD: secret.expose() } })

// ---- the-exec-of-a-query
import { secret } from '../../secret.ts'
import { DatabaseSync } from 'node:sqlite'
const database = new DatabaseSync(':memory:')
database.exec(`PRAGMA key = '${secret.expose()}'`)
