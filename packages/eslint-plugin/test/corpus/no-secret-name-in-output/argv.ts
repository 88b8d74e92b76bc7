// ---- a-list-of-arguments-that-a-function-makes
import { spawn } from 'node:child_process'
function listArguments(archive: string, password?: string) {
  const args = ['l', '-slt']
  if (password) args.push(`-p${password}`)
  return [...args, archive]
}
export const list = (archive: string, password: string) =>
  spawn('7z', listArguments(archive, password)) // expect: suspiciousName

// ---- a-passphrase
import { spawnSync } from 'node:child_process'
export const sign = (file: string, passphrase: string) =>
  spawnSync('gpg', ['--batch', '--passphrase', passphrase, '--sign', file]) // expect: suspiciousName

// ---- the-file-of-a-key
import { execFile } from 'node:child_process'
export const sign = (privateKeyPath: string) =>
  execFile('openssl', ['dgst', '-sign', privateKeyPath], () => undefined)

// ---- a-password-for-ssh.js
import { spawn } from 'node:child_process'
import { CONFIG } from './config.js'
export const run = (command) =>
  spawn('sshpass', ['-p', CONFIG.remote.password, 'ssh', CONFIG.remote.host, command]) // expect: suspiciousName

// ---- a-password-for-ssh-in-the-environment.js
import { spawn } from 'node:child_process'
export const run = (host, password, command) =>
  spawn('sshpass', ['-e', 'ssh', host, command], { env: { ...process.env, SSHPASS: password } })

// ---- a-password-of-mysql.js
const { exec } = require('child_process')
module.exports = (user, password) => exec(`mysqldump -u ${user} -p${password} app`) // expect: suspiciousName

// ---- a-secret-of-kubernetes
import { execaCommand } from 'execa'
export const create = (dbPassword: string) =>
  execaCommand(`kubectl create secret generic db --from-literal=password=${dbPassword}`) // expect: suspiciousName

// ---- a-template-of-zx
import { $ } from 'zx'
export const login = (user: string, password: string) => $`docker login -u ${user} -p ${password}` // expect: suspiciousName

// ---- on-the-standard-input.js
import { execFileSync } from 'node:child_process'
export const login = (user, password) =>
  execFileSync('docker', ['login', '-u', user, '--password-stdin'], { input: password })

// ---- a-token-of-the-environment
import { execFileSync } from 'node:child_process'
execFileSync('curl', [ // expect: suspiciousName
  '-H',
  `Authorization: Bearer ${process.env['GITHUB_TOKEN']}`,
  'https://example.com',
])

// ---- an-api-key-pushed-into-the-arguments.js
import { spawn } from 'node:child_process'
export function run(apiKey) {
  const args = ['--quiet']
  args.push('--api-key', apiKey)
  return spawn('upload', args) // expect: suspiciousName
}

// ---- credentials-in-a-url
import { execa } from 'execa'
declare const git: { user: string; token: string }
await execa('git', ['clone', `https://${git.user}:${git.token}@example.com/app.git`]) // expect: suspiciousName

// ---- a-deployment
import { execSync } from 'node:child_process'
const { GITHUB_TOKEN, IMAGE = 'app' } = process.env
if (!GITHUB_TOKEN) throw new Error('GITHUB_TOKEN is not set')
execSync('docker login ghcr.io -u app --password-stdin', { input: GITHUB_TOKEN })
execSync(`docker push ghcr.io/${IMAGE}`, { stdio: 'inherit' })

// ---- a-secret-of-docker
import { $ } from 'zx'
export const build = (secretId: string) => $`docker build --secret id=${secretId} .`

// ---- in-the-environment
import { spawn } from 'node:child_process'
export const dump = (password: string) =>
  spawn('pg_dump', ['app'], { env: { ...process.env, PGPASSWORD: password } })

// ---- the-environment-in-execa
import { execa } from 'execa'
const { NPM_TOKEN } = process.env
await execa('npm', ['publish'], { env: { NPM_TOKEN } })

// ---- the-name-of-a-token
import { execFileSync } from 'node:child_process'
export const create = (tokenName: string) => execFileSync('vault', ['token', 'create', tokenName])

// ---- a-login-through-child-process-promise
import { spawn } from 'child-process-promise'

export const login = (registry: string, authToken: string) =>
  spawn('npm', ['login', '--token', authToken, registry]) // expect: suspiciousName

// ---- a-login-on-the-input-of-child-process-promise
import { spawn } from 'child-process-promise'

export async function login(registry: string, authToken: string) {
  const running = spawn('npm', ['login', '--token-stdin', registry])
  running.childProcess.stdin?.end(authToken)
  await running
}

// ---- a-command-of-a-template-of-grunt.js
const { execSync } = require('child_process')

module.exports = (grunt, options) => {
  const command = grunt.template.process('mysql -u<%= user %> -p<%= pass %>', {
    data: { user: options.user, pass: options.pass },
  })
  execSync(command) // expect: suspiciousName
}

// ---- a-command-of-a-template-without-a-secret.js
const { execSync } = require('child_process')

module.exports = (grunt, options) => {
  const command = grunt.template.process('mysql -u<%= user %>', { data: { user: options.user } })
  execSync(command, { env: { MYSQL_PWD: options.pass } })
}
