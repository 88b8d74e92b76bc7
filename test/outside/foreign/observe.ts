import { createConnection } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'
import { findFreePorts } from '@rekey/testbed'
import { type Application, type Start, withPorts } from './applications.ts'
import {
  type CommandPlace,
  type CommandRun,
  runCommand,
  type RunningCommand,
  startCommand,
} from './run-command.ts'

/** What an application does, before `rekey init` and after. */
export interface Observation {
  /** The errors of its compiler, each without its line; absent without a compiler. */
  readonly compileErrors?: readonly string[]
  /** `200`, `tcp`, `ends 1`, `prints` or `does not answer`. */
  readonly starts: string
  /** Whether it is the start that the list of applications has. */
  readonly isAsListed: boolean
  /** The end of what the compiler and the start printed. */
  readonly output: string
}

const START_MS = 90_000

/** Compiles an application, starts it, and observes how it answers or ends. */
export async function observe(
  { prepare = [], compile, start }: Application,
  place: CommandPlace,
): Promise<Observation> {
  const compiled = compile === undefined ? undefined : await runCommand(compile, place)
  const compilation = compiled && { compileErrors: errorsOf(compiled) }
  const shown = [compiled?.output ?? '']
  for (const command of prepare) {
    const { code, output } = await runCommand(command, place)
    shown.push(output)
    if (code === 0) continue
    const starts = `not prepared: ${command.join(' ')}`
    return { ...compilation, starts, isAsListed: false, output: shown.join('\n') }
  }
  const { output, ...started } = await observeStart(start, place)
  return { ...compilation, ...started, output: [...shown, output].join('\n') }
}

const COMPILER_ERROR = /^.*error TS\d+: .*$/gm

/** `src/a.ts(3,1): error TS2307: …` without its line; any other failure is one error. */
function errorsOf({ code, output }: CommandRun): string[] {
  const errors = Array.from(output.matchAll(COMPILER_ERROR), ([line]) =>
    line.replace(/\(\d+,\d+\)/, ''),
  )
  return code !== 0 && errors.length === 0 ? [`ended with ${String(code)}`] : errors
}

async function observeStart(listed: Start, { cwd, env }: CommandPlace) {
  const [port = 0, port2 = 0] = await findFreePorts(2)
  const start = withPorts(listed, [port, port2])
  const running = startCommand(start.command, { cwd, env: { ...env, ...start.env } })
  const isOver = new AbortController()
  const ended = running.ended.then(({ code }) => `ends ${String(code)}`)
  try {
    const starts = await Promise.race([
      ended,
      waitForAnswer(start, { port, running, over: isOver.signal }),
    ])
    isOver.abort()
    const { output } = await running.end()
    return { starts, isAsListed: isListed(start, starts, output), output }
  } finally {
    isOver.abort()
    await running.end()
  }
}

function isListed({ answers, ends }: Start, starts: string, output: string): boolean {
  if (ends !== undefined) return starts === `ends ${ends.code}` && output.includes(ends.prints)
  if (answers === undefined) return starts === 'prints'
  return starts === (answers === 'tcp' ? 'tcp' : String(answers.status))
}

interface Waiting {
  readonly port: number
  readonly running: RunningCommand
  readonly over: AbortSignal
}

async function waitForAnswer(start: Start, { port, running, over }: Waiting): Promise<string> {
  const { answers, prints } = start
  for (const last = Date.now() + START_MS; Date.now() < last && !over.aborted;) {
    await delay(250)
    if (prints !== undefined && running.output().includes(prints)) return 'prints'
    if (answers === undefined) continue
    const answer =
      answers === 'tcp'
        ? await connect(port)
        : await statusOf(`http://localhost:${port}${answers.path}`)
    if (answer !== undefined) return answer
  }
  return 'does not answer'
}

async function statusOf(url: string): Promise<string | undefined> {
  try {
    const response = await fetch(url, { redirect: 'manual', signal: AbortSignal.timeout(30_000) })
    await response.body?.cancel()
    return String(response.status)
  } catch {
    return undefined
  }
}

function connect(port: number): Promise<string | undefined> {
  return new Promise((resolve) => {
    const socket = createConnection({ port, host: 'localhost' })
    const settle = (answer: string | undefined) => () => {
      socket.destroy()
      resolve(answer)
    }
    socket.once('connect', settle('tcp')).once('error', settle(undefined))
  })
}
