import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { text } from 'node:stream/consumers'
import { setTimeout as delay } from 'node:timers/promises'
import { DisposalStack } from '@rekey/secret'
import { printedText } from '@rekey/test-support'
import { type Block, readBlocks } from './guide-blocks.ts'
import type { ReaderFolder } from './reader-folder.ts'

const START_MS = 60_000
const POLL_MS = 100

/** Where a page is typed. */
export interface Desk {
  readonly folder: ReaderFolder
  /** Puts the ports and the password of this run in place of those of the page. */
  readonly here: (text: string) => string
  /** Runs a statement as the administrator of PostgreSQL, in its own database by default. */
  readonly query: (sql: string, database?: string) => Promise<unknown>
  /** What the shell of the reader has set, beside `PATH` and `HOME`. */
  readonly env?: Readonly<Record<string, string>>
  /** What stands for others than the reader, such as a node of a cluster: gives the command to run in place of the one on the page. */
  readonly others?: ReadonlyMap<string, (command: string) => string | Promise<string>>
}

/** A process that runs until the end of a page. */
interface Service extends AsyncDisposable {
  readonly child: ChildProcess
}

/**
 * Types every block of a page, in order, as a reader does, and compares what is printed.
 *
 * @param beforeEnd is called while the services of the page still run
 */
export async function typePage(
  page: string,
  desk: Desk,
  beforeEnd?: () => Promise<void>,
): Promise<void> {
  await using services = new DisposalStack()
  let printed = ''
  for (const block of readBlocks(page)) {
    const { language, file, attributes } = block
    if (attributes['unrun'] !== undefined || attributes['variant'] !== undefined) continue
    const typed = await typedBy(attributes['by'], desk.here(block.text), desk)
    if (file !== undefined) await desk.folder.write(new Map([[file, typed]]))
    else if (language === 'sql')
      for (const line of typed.trim().split('\n')) await desk.query(line, attributes['database'])
    else if (language === 'text') expectPrinted(page, typed, printed)
    else if (attributes['until'] === undefined) printed = await runBlock(block, typed, desk)
    else services.use(await startService(typed, desk.here(attributes['until']), desk), page)
  }
  await beforeEnd?.()
}

function typedBy(who: string | undefined, command: string, { others }: Desk) {
  if (who === undefined) return command
  const act = others?.get(who)
  if (act === undefined) throw new Error(`nothing here stands for ${who}`)
  return act(command)
}

function bash(command: string, { folder, env }: Desk) {
  const { PATH = '', HOME = '' } = process.env
  // A group of its own, so that the whole of it can be ended.
  return spawn('bash', ['-ec', `exec 2>&1\n${command}`], {
    cwd: folder.path,
    detached: true,
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { PATH, HOME, ...env },
  })
}

async function runBlock({ page, attributes }: Block, command: string, desk: Desk): Promise<string> {
  const { code, printed } = await runInShell(command, desk)
  if (code === Number(attributes['exit'] ?? 0)) return printed
  throw new Error(`${page}: ${command} ended with ${String(code)}: ${printed}`)
}

/** Runs commands in a shell of the reader, to their end. */
export async function runInShell(command: string, desk: Desk) {
  const child = bash(command, desk)
  const [printed, [code]] = await Promise.all([
    text(child.stdout),
    once(child, 'exit') as Promise<[number | null]>,
  ])
  return { code, printed }
}

/** Starts what answers at a URL, and waits until it does. */
export async function startService(command: string, url: string, desk: Desk): Promise<Service> {
  const child = bash(command, desk)
  const printed = text(child.stdout)
  const ended = once(child, 'exit')
  const end = async () => {
    const isRunning = child.exitCode === null && child.signalCode === null
    if (isRunning) process.kill(-(child.pid ?? 0), 'SIGTERM')
    await ended
  }
  const until = performance.now() + START_MS
  while (!(await isAnswered(url))) {
    if (child.exitCode !== null || performance.now() > until) {
      await end()
      throw new Error(`${command} does not answer at ${url}: ${await printed}`)
    }
    await delay(POLL_MS)
  }
  return { child, [Symbol.asyncDispose]: end }
}

/** Whether a service answers well at a URL. */
export const isAnswered = (url: string) =>
  fetch(url).then(
    ({ ok }) => ok,
    () => false,
  )

/** Compares what a page shows with what was printed. */
function expectPrinted(page: string, wanted: string, printed: string): void {
  if (printedText(wanted).test(printed)) return
  throw new Error(`${page} shows\n${wanted}\nand what was printed is\n${printed}`)
}
