// ---- grunt-mysql-dump.js
// https://github.com/digitalcuisine/grunt-mysql-dump/pull/15 CWE-214
// The password of the database is an argument of mysqldump, where each user of the machine reads it.
const shell = require('shelljs')

const commandTemplates = {
  mysqldump: 'mysqldump -h <%= host %> -P <%= port %> -u<%= user %> <%= pass %> --databases <%= database %>',
}

module.exports = function (grunt) {
  grunt.registerMultiTask('db_dump', 'Dump database', function () {
    const options = this.options({ pass: '', port: 3306 })
    const command = grunt.template.process(commandTemplates.mysqldump, {
      data: {
        host: options.host,
        port: options.port,
        user: options.user,
        pass: options.pass ? `-p${options.pass}` : '',
        database: options.database,
      },
    })
    const { output } = shell.exec(command, { silent: true }) // expect: suspiciousName
    grunt.file.write(options.backup_to, output)
  })
}

// ---- grunt-mysql-dump-fixed.js
const shell = require('shelljs')

const commandTemplates = {
  mysqldump: 'mysqldump -h <%= host %> -P <%= port %> -u<%= user %> --databases <%= database %>',
}

module.exports = function (grunt) {
  grunt.registerMultiTask('db_dump', 'Dump database', function () {
    const options = this.options({ pass: '', port: 3306 })
    const command = grunt.template.process(commandTemplates.mysqldump, {
      data: { host: options.host, port: options.port, user: options.user, database: options.database },
    })
    const { output } = shell.exec(command, { silent: true, env: { ...process.env, MYSQL_PWD: options.pass } })
    grunt.file.write(options.backup_to, output)
  })
}

// ---- osls.js
// https://github.com/oss-serverless/osls/pull/361 CWE-214
// The token for a registry of containers is an argument of docker.
const spawnExt = require('child-process-ext/spawn')

class AwsProvider {
  async dockerLoginToEcr() {
    const registryId = await this.getAccountId()
    const result = await this.request('ECR', 'getAuthorizationToken', { registryIds: [registryId] })
    const { authorizationToken, proxyEndpoint } = result.authorizationData[0]
    const decoded = Buffer.from(authorizationToken, 'base64').toString('utf-8')
    const authToken = decoded.split(':')[1]
    await spawnExt('docker', ['login', '--username', 'AWS', '--password', authToken, proxyEndpoint]) // expect: suspiciousName
  }
}

module.exports = AwsProvider

// ---- osls-fixed.js
const spawnExt = require('child-process-ext/spawn')

class AwsProvider {
  async dockerLoginToEcr() {
    const registryId = await this.getAccountId()
    const result = await this.request('ECR', 'getAuthorizationToken', { registryIds: [registryId] })
    const { authorizationToken, proxyEndpoint } = result.authorizationData[0]
    const decoded = Buffer.from(authorizationToken, 'base64').toString('utf-8')
    const authToken = decoded.split(':')[1]
    const docker = spawnExt('docker', ['login', '--username', 'AWS', '--password-stdin', proxyEndpoint])
    docker.stdin.end(authToken)
    await docker
  }
}

module.exports = AwsProvider

// ---- cezar
// https://github.com/open-mercato/cezar/issues/59 CWE-214
// The URL to clone holds an installation token; it is an argument of git, and in the message of each failure.
import { execFile } from 'node:child_process'
import { promisify } from 'node:util'

const run = promisify(execFile)

const authUrl = (owner: string, repo: string, token: string) =>
  `https://x-access-token:${token}@github.com/${owner}/${repo}.git`

export async function prepareClone(job: { owner: string; repo: string; token: string }, path: string) {
  const url = authUrl(job.owner, job.repo, job.token)
  try {
    await run('git', ['clone', '--bare', url, path]) // expect: suspiciousName
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error)
    console.error(`[runner] job failed: ${message}`)
    throw error
  }
}

// ---- cezar-fixed
import { execFile } from 'node:child_process'
import { promisify } from 'node:util'

const run = promisify(execFile)

export async function prepareClone(job: { owner: string; repo: string; token: string }, path: string) {
  const url = `https://github.com/${job.owner}/${job.repo}.git`
  const env = { ...process.env, GIT_ASKPASS: 'askpass.sh', GIT_TOKEN: job.token }
  try {
    await run('git', ['clone', '--bare', url, path], { env })
  } catch {
    console.error('[runner] job failed: git clone')
    throw new Error('git clone failed')
  }
}

// ---- commitpulse-clone
// https://github.com/JhaSourav07/commitpulse/issues/6332 CWE-214
// A personal access token is part of the URL that is an argument of git.
import { spawn } from 'child_process'

export function cloneRepository(owner: string, repo: string, directory: string) {
  const token = process.env.GITHUB_PAT || process.env.GITHUB_TOKEN
  const cloneUrl = token
    ? `https://x-access-token:${token}@github.com/${owner}/${repo}.git`
    : `https://github.com/${owner}/${repo}.git`
  return spawn('git', ['clone', '--depth', '1', cloneUrl, directory]) // expect: suspiciousName
}

// ---- commitpulse-clone-fixed
import { spawn } from 'child_process'

export function cloneRepository(owner: string, repo: string, directory: string) {
  const token = process.env.GITHUB_PAT || process.env.GITHUB_TOKEN
  const cloneUrl = `https://github.com/${owner}/${repo}.git`
  const env = { ...process.env, GIT_ASKPASS: 'askpass.sh', GIT_TOKEN: token }
  return spawn('git', ['clone', '--depth', '1', cloneUrl, directory], { env })
}
