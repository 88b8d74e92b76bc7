import { setTimeout as delay } from 'node:timers/promises'
import type { InternalListenerOptions } from '@rekey/config-loader/internal'
import { openInternalListener } from '@rekey/config-loader/internal/host'
import { RotationError } from '../engine/rotation-error.ts'
import { DisposalStack, SecretError, systemClock } from '@rekey/secret'
import { readReportKeys } from '@rekey/config-loader/internal/store'
import { type Command, Option } from 'commander'
import type { CliContext } from '../commands/cli-context.ts'
import { printing } from '../commands/json-output.ts'
import { collect, toCount, toMilliseconds, toPort, waiting } from '../commands/options.ts'
import { readPolicies } from '../commands/policy-file.ts'
import { recorded } from '../commands/recorded-command.ts'
import type { DueFlags } from '../commands/rotate-due.ts'
import { withRotator } from '../commands/with-rotator.ts'
import { control } from './control.ts'
import {
  CONTROLLER_LINES,
  type ControllerPrinter,
  createControllerPrinter,
  printStuck,
} from './controller-lines.ts'
import { type ControllerState, controllerRoutes, newState } from './controller-routes.ts'
import { type NotifyFlags, startNotifying } from './notify.ts'
import { TurnLedger } from './turn-ledger.ts'

/** Flags of `rekey controller`. */
interface ControllerFlags extends DueFlags, NotifyFlags {
  readonly everyMs: number
  readonly leaseMs: number
  readonly port?: number
  readonly host: string
}

/** Defines `rekey controller`. */
export function defineController(command: Command, context: CliContext): void {
  printing(waiting(command), CONTROLLER_LINES, [
    'rekey controller --family production.json',
    'rekey controller --family production.json --at-once 8 --port 9090 --json',
    'rekey controller --family production.json --webhook https://hooks.example.com/rekey',
    'rekey controller --family production.json --mail ops@example.com --ca /var/lib/ca',
  ])
    .option('--policy <file>', 'when the secrets of a kind are due')
    .option(
      '--at-once <n>',
      'how many secrets of different services to rotate at the same time',
      toCount,
      4,
    )
    .option('--every-ms <ms>', 'look at all secrets so often', toMilliseconds, 60_000)
    .option(
      '--lease-ms <ms>',
      'how long one that died keeps the others waiting',
      toMilliseconds,
      60_000,
    )
    .addOption(
      new Option(
        '--port <port>',
        'serve /health/live, /health/ready and /metrics here; 0 for any that is free',
      ).argParser(toPort),
    )
    .option('--host <host>', 'the address of that', '127.0.0.1')
  addReceivers(command).action((flags: ControllerFlags) => runController(flags, context))
}

/** Adds the options that name who gets a message when a problem begins and when it is over. */
function addReceivers(command: Command): Command {
  return command
    .option(
      '--webhook <url>',
      'send a signed message there when a problem begins and when it is over; the key is in REKEY_WEBHOOK_KEY',
    )
    .option(
      '--mail <address>',
      'send these messages there; the SMTP server, user and password are in REKEY_SMTP_URL',
    )
    .option('--mail-from <address>', 'the sender of that; by default it is the receiver')
    .option('--kubernetes-events <namespace>', 'write these messages as Events there')
    .option(
      '--ca <directory>',
      'a CA of which messages are sent too: not drilled lately, or about to end; may be repeated',
      collect,
      [],
    )
}

/** `rekey controller`: rotates what is due until a signal. A store or a journal that cannot be used is opened anew at the next attempt. */
async function runController(flags: ControllerFlags, context: CliContext): Promise<void> {
  const printer = createControllerPrinter(flags, context)
  const { signal } = context
  const policiesOf = await readPolicies(flags.policy)
  const titles = new Map<string, string>()
  const ledger = new TurnLedger(systemClock, (stuck) => {
    printStuck(stuck, { title: titles.get(stuck.secret) ?? stuck.secret, printer })
  })
  const state = newState(ledger, systemClock)
  await using own = new DisposalStack()
  await openWaysOut(flags, context, { state, printer, own })
  const { everyMs, leaseMs, atOnce = 1 } = flags
  const options = { printer, ledger, state, everyMs, leaseMs, atOnce, signal, clock: systemClock }
  const opened = { once: false }
  while (!isStopped(signal)) {
    try {
      await withRotator(flags, context, (rotator) => {
        opened.once = true
        for (const [title, { name }] of rotator.kinds) titles.set(name, title)
        const policies = policiesOf(rotator.family)
        return recorded(rotator, { command: 'controller' }, () =>
          control({ ...options, rotator, policies }),
        )
      })
    } catch (error) {
      if (isStopped(signal)) break
      const isPassing = error instanceof SecretError || error instanceof RotationError
      if (!opened.once || !isPassing) throw error
      state.isFailing = true
      printer.changes.failed(undefined, error)
    }
    await delay(everyMs, undefined, { signal }).catch(() => undefined)
  }
  printer.line({ type: 'stopped' }, 'stopped')
}

interface WaysOut {
  readonly state: ControllerState
  readonly printer: ControllerPrinter
  readonly own: DisposalStack
}

/** Serves its state and sends messages, where the flags have that. */
async function openWaysOut(
  flags: ControllerFlags,
  context: CliContext,
  { state, printer, own }: WaysOut,
): Promise<void> {
  const { port, host } = flags
  if (port !== undefined) {
    const keys = await readReportKeys(context.env)
    await serveState({ port, host, keys, own }, { state, printer })
  }
  const { cwd, env, signal } = context
  await startNotifying({ flags, cwd, env, signal, state, printer, clock: systemClock }, own)
}

function isStopped({ aborted }: AbortSignal): boolean {
  return aborted
}

interface Served extends InternalListenerOptions {
  readonly host: string
  readonly own: DisposalStack
}

async function serveState(
  { own, ...options }: Served,
  { state, printer }: { readonly state: ControllerState; readonly printer: ControllerPrinter },
): Promise<void> {
  const listener = await openInternalListener(controllerRoutes(state), options)
  own.use(listener, 'listener')
  const { port } = listener
  const { host } = options
  printer.line({ type: 'listening', host, port }, `health and metrics at http://${host}:${port}`)
}
