import { resolve } from 'node:path'
import {
  type Clock,
  type DisposalStack,
  parseSecureUrl,
  type Secret,
  SecretError,
  within,
} from '@rekey/secret'
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
import { DELIVERY_MS, type Receiver } from './receiver.ts'
import { createHmac } from 'node:crypto'

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

/** Options of {@link createWebhook}. */
interface WebhookOptions {
  readonly url: string
  /** As Standard Webhooks writes them: `whsec_` and 24 to 64 bytes in base64. Each signs, so that a receiver may have any of them. */
  readonly keys: readonly Secret[]
  readonly clock: Clock
  readonly fetch?: typeof fetch
}

const PREFIX = 'whsec_'
const FEWEST_BYTES = 24
const MOST_BYTES = 64
const SETTING = '--webhook'

/**
 * Creates a sender of signed messages (Standard Webhooks 1.0: HMAC-SHA256 over id, time and body, in `webhook-signature`).
 *
 * @throws {SecretError} `malformed` or `refused` for the address, `malformed` for a key
 */
export function createWebhook({ url, keys, clock, fetch: ask = fetch }: WebhookOptions): Receiver {
  const address = parseSecureUrl(url, SETTING)
  for (const key of keys) bytesOf(key)
  return {
    name: 'webhook',
    async send({ id, change, problem: { problem, about, name, kind, next } }, signal) {
      const type = `${about}.${problem}.${change}`
      const data = { [about]: name, kind, next }
      const now = clock.now()
      const timestamp = String(Math.floor(now / 1_000))
      const body = JSON.stringify({ type, timestamp: new Date(now).toISOString(), data })
      const signatures = keys.map((key) => signatureOf(key, `${id}.${timestamp}.${body}`))
      const headers = {
        'content-type': 'application/json',
        'webhook-id': id,
        'webhook-timestamp': timestamp,
        'webhook-signature': signatures.join(' '),
      }
      const what = `an answer of ${address.host}`
      const request = { method: 'POST', headers, body, redirect: 'error' } as const
      const response = await within({ what, limitMs: DELIVERY_MS, signal, clock }, (ended) =>
        ask(address, { ...request, signal: ended }),
      ).catch((error: unknown) => {
        signal.throwIfAborted()
        if (error instanceof SecretError) throw error
        throw new SecretError('unreachable', `${address.host} gives no answer to a message`)
      })
      await response.body?.cancel().catch(() => undefined)
      if (response.ok) return
      const message = `${address.host} answers a message with ${response.status}`
      throw new SecretError('refused', message, { status: response.status })
    },
  }
}

function signatureOf(key: Secret, content: string): string {
  return `v1,${createHmac('sha256', bytesOf(key)).update(content).digest('base64')}`
}

function bytesOf(key: Secret): Buffer {
  const text = key.expose()
  const bytes = Buffer.from(text.slice(PREFIX.length), 'base64')
  const isWhole =
    bytes.toString('base64').replace(/=+$/, '') === text.slice(PREFIX.length).replace(/=+$/, '')
  if (
    text.startsWith(PREFIX) &&
    isWhole &&
    bytes.length >= FEWEST_BYTES &&
    bytes.length <= MOST_BYTES
  ) {
    return bytes
  }
  const message = `the key of ${SETTING} has another form: it is ${PREFIX} and ${FEWEST_BYTES} to ${MOST_BYTES} bytes in base64`
  throw new SecretError('malformed', message)
}
