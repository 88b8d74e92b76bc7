import { join } from 'node:path'
import process from 'node:process'
import { systemClock } from '@rekey/secret'
import { describeErrors } from './describe-errors.ts'
import { describeFailure } from './describe-failure.ts'
import { type Flags, parseFlags, USAGE, UsageError } from './flags.ts'
import { createLiveView, type LiveView } from './live-view.ts'
import { openStack, type Stack } from './open-stack.ts'
import { formatReport } from './report.ts'
import { createPaint } from './paint.ts'
import { runDemo } from './run-demo.ts'
import { formatNext, formatPlan } from './screens.ts'
import { type ConsoleProcess, startConsole } from './start-console.ts'

const INTERRUPTED = 130
const onScreen = createPaint(process.stdout)
const onErrors = createPaint(process.stderr)
/** Those that were printed already. */
const failures = new Set<unknown>()
const stop = new AbortController()
for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.once(name, () => {
    stop.abort(new Error(`stopped by ${name}`))
  })
}
process.exit(await main(process.argv.slice(2)))

async function main(args: readonly string[]): Promise<number> {
  try {
    const flags = parseFlags(args)
    if (!flags.help) return await run(flags)
    process.stdout.write(`${USAGE}\n`)
    return 0
  } catch (error) {
    const isPrinted = failures.has(error)
    if (!isPrinted) {
      const words = stop.signal.aborted ? 'stopped' : onErrors('red', describeFailure(error))
      process.stderr.write(`${words}\n`)
    }
    if (error instanceof UsageError) return 2
    return stop.signal.aborted ? INTERRUPTED : 1
  }
}

async function run(flags: Flags): Promise<number> {
  const view = flags.json
    ? createLiveView(process.stderr, systemClock, onErrors)
    : createLiveView(process.stdout, systemClock, onScreen)
  const { signal } = stop
  if (!flags.json) process.stdout.write(`${formatPlan(flags)}\n`)
  const lies = flags.chaos !== undefined
  const stack = await openStack({ ...flags, lies, signal, onProgress: view.starting })
  if (!flags.json) view.note(`portal: ${stack.frontendUrl} (sign in as alice)`)
  const page = flags.json ? undefined : showConsole(stack, view)
  try {
    // A console that starts while its database is away ends at once.
    if (lies) await page
    const report = await runDemo(stack, {
      ...flags,
      signal,
      onEvent: view.rotation,
      onWait: view.waiting,
      onFault: view.fault,
      onOutcome: view.outcome,
      onFailure: printFailure(view),
    })
    view.end()
    process.stdout.write(
      flags.json
        ? `${JSON.stringify(report)}\n`
        : `\n${formatReport(report, onScreen)}\n${formatNext(flags)}\n`,
    )
    if (report.losses.length > 0) {
      process.stderr.write(`${await describeErrors(stack.services)}\n`)
    }
    if (flags.keep) await stayUp(stack, (await page)?.url, signal)
    return report.losses.length === 0 ? 0 : 1
  } finally {
    view.end()
    await (await page)?.stop()
    await stack.close()
  }
}

/** Beside the load, so that nothing waits for it; the run goes on without one that does not start. */
async function showConsole(stack: Stack, view: LiveView): Promise<ConsoleProcess | undefined> {
  try {
    const page = await startConsole(stack)
    const how = stack.operatorLogin ? ' (sign in as alice to rotate)' : ''
    view.note(`console: ${page.url}${how}`)
    return page
  } catch (error) {
    if (!stop.signal.aborted) view.note(describeFailure(error))
    return undefined
  }
}

/** Prints the failure before anything is ended, which may take its time. */
function printFailure(view: LiveView): (error: unknown, waits?: string) => void {
  return (error, waits) => {
    view.end()
    if (stop.signal.aborted) return
    const rows = waits === undefined ? [] : [waits]
    process.stderr.write(`${[onErrors('red', describeFailure(error)), ...rows].join('\n')}\n`)
    failures.add(error)
  }
}

/** Until Ctrl-C. */
async function stayUp(
  { frontendUrl, directory }: Stack,
  consoleUrl: string | undefined,
  signal: AbortSignal,
): Promise<void> {
  process.stdout.write(
    [
      '',
      ...(consoleUrl === undefined ? [] : [`Console: ${consoleUrl}`]),
      `Portal: ${frontendUrl} (sign in as alice, no password). Stop with Ctrl-C.`,
      'Your browser will warn about the certificates: they were made for this run. Accept that, or trust',
      `  ${join(directory, 'ca-certificates.pem')}`,
      `  ${join(directory, 'public-root.crt')}`,
      'In another terminal:',
      `  npm run rekey -- check --stack ${directory}`,
      `  npm run rekey -- status --stack ${directory}`,
      `  npm run rekey -- rotate api-key frontend:signing --stack ${directory}`,
      `  npm run rekey -- audit verify --stack ${directory}`,
      `  npm run rekey -- audit query --action access. --stack ${directory}`,
      '',
    ].join('\n'),
  )
  await new Promise((resolve) => {
    signal.addEventListener('abort', resolve)
  })
}
