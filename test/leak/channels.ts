import { fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import type { Job } from './error-path.ts'

/** The ten ways by which an error, or what was done until it came, gets out of a process. */
export type Channel =
  InnerChannel | 'console %o' | 'unhandled rejection' | 'NODE_DEBUG' | 'DEBUG' | 'diagnostic report'

/** How a job failed, and everything that got out. */
export interface Outcome {
  readonly code: string
  readonly reason: string | undefined
  readonly channels: Readonly<Record<Channel, string>>
}

/** Leaves the environment out of a diagnostic report, where Node.js can (from 22.13 on). */
export const EXCLUDE_ENV = '--report-exclude-env'

/**
 * Does a job in a process of its own that dies of it, with every debug switch on, and gathers what got out.
 *
 * @param file - of the child, see `buildChild`
 * @param flags - of Node.js, besides those that the channels need
 */
export async function gather(
  file: string,
  job: Job,
  flags: readonly string[] = [],
): Promise<Outcome> {
  const directory = await mkdtemp(join(tmpdir(), 'rekey-leak-report-'))
  try {
    const { told, stdout, stderr } = await runChild([...flags, ...reportTo(directory)], file, job)
    const [debug = '', death = ''] = stderr.split(LAST_LINE)
    const { code, reason, channels } = told
    return {
      code,
      reason,
      channels: {
        ...channels,
        'console %o': stdout,
        'unhandled rejection': death,
        ...splitDebug(debug),
        'diagnostic report': await readReport(directory),
      },
    }
  } finally {
    await rm(directory, { recursive: true })
  }
}

function reportTo(directory: string): string[] {
  return ['--report-uncaught-exception', `--report-directory=${directory}`]
}

async function runChild(execArgv: string[], file: string, job: Job) {
  const child = fork(file, [], {
    execArgv,
    env: {
      PATH: process.env['PATH'],
      HOME: '/nonexistent',
      NODE_DEBUG: 'http,https,net,tls',
      DEBUG: '*',
      ...job.ownEnv,
    },
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  })
  const output = Promise.all([readAll(child.stdout), readAll(child.stderr), once(child, 'close')])
  let told: Told | undefined
  child.on('message', (message: Told) => (told = message))
  child.send(job)
  const [stdout, stderr] = await output
  if (told === undefined) throw new Error(`the child told nothing of its error: ${stderr}`)
  return { told, stdout, stderr }
}

function readAll(stream: Parameters<typeof text>[0] | null): Promise<string> {
  return stream === null ? Promise.resolve('') : text(stream)
}

/** Node.js begins a message with its section and the process id, `HTTP 4711: …`, and the package `debug` with the time. */
function splitDebug(output: string): Record<'NODE_DEBUG' | 'DEBUG', string> {
  const split = { NODE_DEBUG: '', DEBUG: '' }
  let channel: keyof typeof split = 'NODE_DEBUG'
  for (const line of output.split('\n')) {
    if (/^[A-Z]+ \d+: /.test(line)) channel = 'NODE_DEBUG'
    else if (/^\d{4}-\d\d-\d\dT\S+ \S/.test(line)) channel = 'DEBUG'
    split[channel] += `${line}\n`
  }
  return split
}

async function readReport(directory: string): Promise<string> {
  const reports = (await readdir(directory)).filter((name) => name.endsWith('.json'))
  const texts = await Promise.all(reports.map((name) => readFile(join(directory, name), 'utf8')))
  return texts.join('\n')
}

/** The channels that are seen from within the process. */
type InnerChannel = 'message' | 'stack' | 'inspect' | 'JSON' | 'cause'

/** What the child sends of the error before it dies of it. */
export interface Told {
  readonly code: string
  readonly reason?: string
  readonly channels: Readonly<Record<InnerChannel, string>>
}

/** Where the debug output ends and the death begins. */
export const LAST_LINE = '----- the error is let go -----'
