import { type Clock, type DisposalStack, SecretError } from '@rekey/secret'
import { createEnvSource } from '@rekey/secret-stores'
import type { CliContext } from '../cli-context.ts'
import type { ControllerPrinter } from './controller-lines.ts'
import type { ControllerState } from './controller-routes.ts'
import { Notifier } from './notifier.ts'
import { problemsOf } from './problems.ts'
import { createWebhook } from './webhook.ts'

interface Notifying {
  readonly url: string
  readonly env: CliContext['env']
  readonly state: ControllerState
  readonly printer: ControllerPrinter
  readonly clock: Clock
  readonly signal: AbortSignal
}

/** The variable with the key that messages are signed with; while it is replaced, also `REKEY_WEBHOOK_KEY__PREVIOUS`. */
const WEBHOOK_KEY = 'REKEY_WEBHOOK_KEY'
const EVERY_MS = 5_000

/**
 * Sends a message to the receiver whenever a problem begins or ends, while this process leads.
 *
 * @throws {SecretError} for an address or a key that cannot be used
 */
export async function startNotifying(
  { url, env, state, printer, clock, signal }: Notifying,
  own: DisposalStack,
): Promise<void> {
  const { current, previous } = await createEnvSource({ env }).read(WEBHOOK_KEY)
  const keys = [current, previous].flatMap((version) => version?.value ?? [])
  const onFailure = (error?: unknown) => {
    printDelivery(printer, error)
  }
  const webhook = createWebhook({ url, keys, clock })
  const notifier = new Notifier({ webhook, clock, onFailure })
  const stop = new AbortController()
  const both = AbortSignal.any([signal, stop.signal])
  const ended = keepNotifying({ state, notifier, clock, signal: both }).catch((error: unknown) => {
    if (!both.aborted) throw error
  })
  own.defer(() => {
    stop.abort()
    return ended
  }, 'messages to the webhook')
}

async function keepNotifying({
  state,
  notifier,
  clock,
  signal,
}: Pick<Notifying, 'state' | 'clock' | 'signal'> & { readonly notifier: Notifier }): Promise<void> {
  while (!signal.aborted) {
    if (state.hasLooked) await notifier.update(problemsOf(state), signal)
    await clock.sleep(EVERY_MS, signal)
  }
}

function printDelivery(printer: ControllerPrinter, error: unknown): void {
  if (error === undefined) {
    printer.line({ type: 'webhook', isDelivered: true }, 'the webhook takes messages again')
    return
  }
  const { code, message } =
    error instanceof SecretError ? error : { code: 'failed', message: 'a message failed' }
  const text = `${message}: it is tried again`
  printer.line({ type: 'webhook', isDelivered: false, code }, text)
}
