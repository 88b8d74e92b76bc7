// ---- a-config-method-of-something-else
import { router } from './router.ts'

router.config({ path: '/env' })
export const parsed = router.parse('.env')

// ---- a-field-called-env
export class Loader {
  constructor(private readonly env: Record<string, string | undefined>) {}

  token() {
    return this.env.ADMIN_TOKEN
  }
}

// ---- a-function-called-process.js
function process(items) {
  return items.map((item) => item.env)
}

module.exports = (items) => process(items)

// ---- a-list-of-files-to-leave-out
const FORBIDDEN = ['/proc/self/environ', '.env', '/etc/shadow']

export const isForbidden = (path: string) => FORBIDDEN.includes(path)

// ---- a-local-env
import { loadService } from '@rekey/config-loader'
import { definition } from './secrets.ts'

const env = await loadService(definition, { environment: 'production' })

export const apiKey = env.secrets.signing

// ---- a-local-process
interface Process {
  readonly env: Record<string, string>
  readonly pid: number
}

export function describeAll(processes: Process[]) {
  return processes.map((process) => `${process.pid}: ${process.env.USER}`)
}

// ---- a-parameter-called-env
export function loadSettings({ env }: { env: Record<string, string | undefined> }) {
  return { apiKey: env.API_KEY, url: env['DATABASE_URL'] }
}

// ---- a-shell-command-that-is-not-env
import { execFileSync } from 'node:child_process'

export const version = execFileSync('git', ['describe', '--always'], { encoding: 'utf8' })

// ---- an-example-of-a-dotenv-file
import { readFileSync } from 'node:fs'

export const documented = readFileSync('.env.example', 'utf8').match(/^[A-Z_]+(?==)/gm)

// ---- env-of-a-child-process
import { spawn } from 'node:child_process'

export const run = (command: string, environment: Record<string, string>) =>
  spawn(command, { env: environment })

// ---- env-of-a-request
import { Hono } from 'hono'

const app = new Hono<{ Bindings: { API_TOKEN: string } }>()

app.get('/', (c) => c.json({ ok: c.env.API_TOKEN.length > 0 }))

// ---- env-of-something-else
import { env } from './env.ts'

export const key = env.API_KEY

// ---- in-a-text
export const help = 'Set process.env.API_KEY, or put it into .env. See /proc/self/environ.'

// ---- only-a-type-of-dotenv
import type { DotenvParseOutput } from 'dotenv'

export const names = (output: DotenvParseOutput) => Object.keys(output)

// ---- other-functions-of-util
import { inspect, parseArgs } from 'node:util'

const { values } = parseArgs({ options: { env: { type: 'string' } } })

export const shown = inspect(values.env)

// ---- parse-env-of-something-else
import { parseEnv } from './parse-env.ts'

export const values = parseEnv('A=1')
