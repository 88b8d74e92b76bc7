import { resolve } from 'node:path'
import { type Clock, type DisposalStack, SecretError } from '@rekey/secret'
import { createEnvSource } from '@rekey/config-loader/store'
import type { CliContext } from '../commands/cli-context.ts'
import { followAuthorities } from '../commands/follow-authorities.ts'
import type { ControllerPrinter } from './controller-lines.ts'
import type { ControllerState } from './controller-routes.ts'
import { createKubernetesEvents } from './kubernetes-events.ts'
import { LeakLook } from './leak-look.ts'
import { createMail, SMTP_URL } from './mail.ts'
import { Notifier } from './notifier.ts'
import { type Problem, problemsOf } from './problems.ts'
import type { Receiver } from './receiver.ts'
import { createWebhook } from './webhook.ts'

/** Flags that name receivers, and what is watched for them beside the secrets. */
export interface NotifyFlags {
  readonly webhook?: string
  readonly mail?: string
  readonly mailFrom?: string
  readonly kubernetesEvents?: string
  readonly ca: readonly string[]
}

interface Notifying extends Pick<CliContext, 'cwd' | 'env' | 'signal'> {
  readonly flags: NotifyFlags
  readonly state: ControllerState
  readonly printer: ControllerPrinter
  readonly clock: Clock
}

/** The variable with the key that messages are signed with; while it is replaced, also `REKEY_WEBHOOK_KEY__PREVIOUS`. */
const WEBHOOK_KEY = 'REKEY_WEBHOOK_KEY'
const EVERY_MS = 5_000

/**
 * Sends a message to each receiver that the flags name whenever a problem begins or ends, while this process leads.
 *
 * @throws {SecretError} for an address or a key that cannot be used
 */
export async function startNotifying(parts: Notifying, own: DisposalStack): Promise<void> {
  const receivers = await openReceivers(parts)
  if (receivers.length === 0) return
  const { printer, clock } = parts
  const notifiers = receivers.map((receiver) => {
    const onFailure = (error?: unknown) => {
      printDelivery(printer, receiver, error)
    }
    return new Notifier({ receiver, clock, onFailure })
  })
  const stop = new AbortController()
  const signal = AbortSignal.any([parts.signal, stop.signal])
  const ended = keepNotifying({ ...parts, signal }, notifiers).catch((error: unknown) => {
    if (!signal.aborted) throw error
  })
  own.defer(() => {
    stop.abort()
    return ended
  }, 'messages to receivers')
}

async function openReceivers({ flags, env, clock }: Notifying): Promise<Receiver[]> {
  const { webhook: url, mail: to, kubernetesEvents: namespace } = flags
  const source = createEnvSource({ env })
  const receivers: Receiver[] = []
  if (url !== undefined) {
    const { current, previous } = await source.read(WEBHOOK_KEY)
    const keys = [current, previous].flatMap((version) => version?.value ?? [])
    receivers.push(createWebhook({ url, keys, clock }))
  }
  if (to !== undefined) {
    const { mailFrom: from = to } = flags
    receivers.push(
      await createMail({ url: (await source.read(SMTP_URL)).current.value, from, to, clock }),
    )
  }
  if (namespace !== undefined) {
    receivers.push(await createKubernetesEvents({ env, namespace, clock }))
  }
  return receivers
}

async function keepNotifying(
  { flags, cwd, state, clock, signal }: Notifying,
  notifiers: readonly Notifier[],
): Promise<void> {
  const look = new LeakLook(clock)
  const authorities = followAuthorities(
    flags.ca.map((directory) => resolve(cwd, directory)),
    clock,
  )
  const found = async (): Promise<readonly Problem[]> => {
    const leaked = look.current(state.askForLeaks, signal)
    return problemsOf({ state, leaked, authorities: await authorities(), now: clock.now() })
  }
  while (!signal.aborted) {
    if (state.hasLooked) {
      const problems = await found()
      await Promise.all(notifiers.map((notifier) => notifier.update(problems, signal)))
    }
    await clock.sleep(EVERY_MS, signal)
  }
}

function printDelivery(printer: ControllerPrinter, { name }: Receiver, error: unknown): void {
  if (error === undefined) {
    printer.line({ type: name, isDelivered: true }, `${name} takes messages again`)
    return
  }
  const { code, message } =
    error instanceof SecretError ? error : { code: 'failed', message: 'a message failed' }
  const line = { type: name, isDelivered: false, code }
  printer.line(line, `${message}: it is tried again`)
}
