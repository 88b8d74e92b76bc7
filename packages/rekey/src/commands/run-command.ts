import { API_KEY_FORMAT } from '@rekey/api-key-auth/internal'
import { loadService } from '@rekey/config-loader'
import { createRedactingStream, createRedactor } from '@rekey/log-redactor'
import { type LiveSecret, SecretError } from '@rekey/secret'
import type { Command } from 'commander'
import { z } from 'zod'
import {
  checkPassed,
  createChildEnvironment,
  textDefinition,
  usableSnapshot,
} from './child-environment.ts'
import type { CliContext } from './cli-context.ts'
import { storesFor } from './family-here.ts'
import { type DefinitionFlags, findDefinition } from './find-definitions.ts'
import { pipeDirectories } from './output-pipes.ts'
import { forwardSignals, type RunningChild, spawnChild } from './spawn-child.ts'
import { jsonLine, printing } from './json-output.ts'
import { collect, defined, SERVICE, toMilliseconds } from './options.ts'
import { createPrinter } from './printer.ts'
import { restartOnChange } from './restart-on-change.ts'
import { closeSync, openSync, readFileSync, writeSync } from 'node:fs'
import { errnoOf } from '@rekey/secret/internal/files'

/** They are on standard error: standard output is that of the command. */
const RUN_LINES = z.discriminatedUnion('type', [
  jsonLine('restart', 'A secret has changed: the command is started again.', {
    message: z.string(),
  }),
  jsonLine('not-run', 'The command could not be run.', { message: z.string() }),
  jsonLine('sockets', 'The output of the command passes sockets, since no pipes could be made.', {
    message: z.string(),
  }),
])

interface RunFlags extends DefinitionFlags {
  readonly restartOnChange?: boolean
  readonly graceMs: number
  readonly spreadMs: number
  readonly pass?: readonly string[]
  readonly unmasked?: boolean
}

/** Defines `rekey run`. */
export function defineRun(command: Command, context: CliContext): void {
  printing(defined(command), RUN_LINES, ['rekey run shop -- node dist/main.js'])
    .usage('[options] <service> -- <command...>')
    .argument('<service>', SERVICE)
    .argument('<command...>', 'what to run, after --')
    .option('--restart-on-change', 'start the command anew when a secret changes')
    .option('--grace-ms <ms>', 'how long it may take to end then', toMilliseconds, 10_000)
    .option('--spread-ms <ms>', 'a restart waits for a random part of this', toMilliseconds, 5_000)
    .option('--pass <name>', 'a further variable that it gets; can be repeated', collect)
    .option('--unmasked', 'leave the terminal to it: what it prints is not masked')
    .action((service: string, words: string[], flags: RunFlags) =>
      runWithSecrets(service, words, flags, context),
    )
}

/**
 * Runs a command with the secrets of a service in an environment made from an allow list. The source
 * stays open until the command has ended, so leases live as long as it does. Its output is masked, unless `unmasked` leaves ours to it. Exits as the command does.
 */
async function runWithSecrets(
  service: string,
  command: readonly string[],
  flags: RunFlags,
  context: CliContext,
): Promise<void> {
  const { pass = [] } = flags
  checkPassed(pass, context.env)
  const definition = await findDefinition(service, flags, context)
  const { env } = context
  const stores = await storesFor(env['REKEY_SECRETS'] ?? 'env', context)
  const loaded = await loadService(textDefinition(definition), { env, ...(stores && { stores }) })
  try {
    context.signal.throwIfAborted()
    hideEnvironment(context.env)
    const secrets = Object.values(loaded.secrets)
    const environment = () => ({
      ...colours(flags, context),
      ...createChildEnvironment(context.env, {
        definition,
        secrets: secrets.flatMap(usableSnapshot),
        pass,
      }),
    })
    context.process.exitCode = await supervise(command, { secrets, environment, flags, context })
  } finally {
    await loaded.close()
  }
}

/** A command whose output is piped does not see the terminal behind it (force-color.org). */
function colours({ pass, unmasked }: RunFlags, { process }: CliContext): Record<string, string> {
  const isAsked = process.stdout.isTTY === true && !unmasked && !pass?.includes('NO_COLOR')
  return isAsked ? { FORCE_COLOR: '1' } : {}
}

const NO_PIPES = `the output of the command passes sockets, on which it cannot open /dev/stdout: mkfifo made no pipes in ${pipeDirectories().join(' or ')}. Install mkfifo (coreutils), or set TMPDIR to a directory that it can write`

interface Supervision {
  readonly secrets: readonly LiveSecret[]
  readonly environment: () => Record<string, string>
  readonly flags: RunFlags
  readonly context: CliContext
}

async function supervise(
  command: readonly string[],
  { secrets, environment, flags, context }: Supervision,
): Promise<number> {
  const { stderr } = context.process
  const process = { ...context.process, stdout: stderr }
  const { line } = createPrinter<typeof RUN_LINES>(flags, { ...context, process })
  const print = (type: 'restart' | 'not-run' | 'sockets', message: string) => {
    line({ type, message }, `rekey: ${message}`)
  }
  const markers = API_KEY_FORMAT.markers.map((literal) => ({ literal, label: 'api key' }))
  // By values alone: what only looks like a secret may be what the command is for.
  const redactor = createRedactor({ secrets, markers, foreign: false })
  const mask = flags.unmasked ? {} : { mask: () => createRedactingStream(redactor) }
  let child: RunningChild | undefined
  const onSockets = () => {
    print('sockets', NO_PIPES)
  }
  const start = () =>
    (child = spawnChild(command, { env: environment(), ...mask, onSockets }, (why) => {
      print('not-run', why)
    }))
  using signals = forwardSignals(context, (signal) => child?.kill(signal))
  try {
    if (!flags.restartOnChange) return await start().ended
    const { graceMs, spreadMs } = flags
    return await restartOnChange({
      ...{ secrets, graceMs, spreadMs, start },
      isStopping: signals.isStopping,
      onRestart: () => {
        print('restart', 'a secret has changed: the command is started anew')
      },
    })
  } finally {
    redactor.close()
  }
}

/** The kernel's view of the environment that this process was started with, readable by each process of the same user. */
const SHOWN = '/proc/self/environ'

/** `env_start` and `env_end`, counted after the name of the program, which ends with the last `)`: proc_pid_stat(5). */
const [ENV_START, ENV_END] = [50 - 3, 51 - 3]

/**
 * Overwrites the environment that this process was started with, which Linux shows to every process of the same user in
 * `/proc/PID/environ`, whatever is deleted from `process.env`: proc_pid_environ(5). Its values stay in `env`, where they are memory
 * of this process only.
 *
 * @param env `process.env`
 * @throws {SecretError} `refused` if it can still be read
 */
function hideEnvironment(env: Record<string, string | undefined>): void {
  const values = { ...env }
  overwriteShown()
  Object.assign(env, values)
  if (isShown()) {
    throw new SecretError(
      'refused',
      'the command could read the environment of rekey in /proc, and it cannot be overwritten: mount /proc writable, or let the command load its secrets itself',
    )
  }
}

/** Does what it can; what came of it is seen afterwards. */
function overwriteShown(): void {
  try {
    const stat = readFileSync('/proc/self/stat', 'latin1')
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    const [start, end] = [Number(fields[ENV_START]), Number(fields[ENV_END])]
    const memory = openSync('/proc/self/mem', 'r+')
    try {
      writeSync(memory, Buffer.alloc(end - start), 0, end - start, start)
    } finally {
      closeSync(memory)
    }
  } catch {
    // Not Linux, no /proc, or one that cannot be written.
  }
}

/** The answers that mean that there is nothing to read, or that no process of this user may read it. */
const UNREADABLE: ReadonlySet<string> = new Set(['ENOENT', 'EACCES', 'EPERM'])

/** Whether it is readable: if this process may not read it, no other process of its user may. */
function isShown(): boolean {
  try {
    // eslint-disable-next-line @rekey/no-raw-env -- no variable is read: any byte is one too many
    return readFileSync(SHOWN).some((byte) => byte !== 0)
  } catch (error) {
    return !UNREADABLE.has(errnoOf(error) ?? '')
  }
}
