import { get, type RequestOptions } from 'node:https'
import type { IncomingMessage } from 'node:http'
import { type Backoff, startDeadline } from '@rekey/secret/internal'
import { backoffMs, type Clock } from '@rekey/secret'
import { MAX_ANSWER_BYTES, quieten } from '../http-agents.ts'
import type { Wakeup } from '../watched-reads.ts'
import type { Connect } from './kubernetes-access.ts'

/** The watched object, and its watcher. */
export interface ObjectWatchOptions {
  readonly connect: Connect
  readonly namespace: string
  readonly object: string
  /** How often `wakeup` is notified even without an event. */
  readonly pollMs: number
  readonly clock: Clock
  readonly signal: AbortSignal
}

interface WatchEvent {
  readonly type: string
  readonly object: {
    readonly code?: number
    readonly metadata?: { readonly resourceVersion?: string }
  }
}

/** How one connection ended: by itself, because the server no longer has that version, or by a failure. */
type Ending = 'ended' | 'gone' | 'failed'

/** The server ends a watch after this, and it is resumed: a dead connection is noticed by then. */
const WATCH_S = 240
const GRACE_MS = 15_000
/**
 * From whatever the server has in its cache: what came later is an event, and each event leads to a read of the database. Without a
 * version it begins when the cache is as new as the database: server 1.36.3 was seen to end such watches after three seconds,
 * one after the other, without an event.
 */
const ANY = '0'
const BACKOFF: Backoff = { firstMs: 1_000, longestMs: 30_000 }

/**
 * Notifies `wakeup` after each change of one Secret, and every `pollMs`, until the signal aborts. It goes on where it was after
 * the server or the network ended the connection, and begins anew where the server no longer remembers (410 Gone).
 */
export function watchObject(wakeup: Wakeup, options: ObjectWatchOptions): void {
  void untilAborted(options.signal, () => poll(wakeup, options))
  void untilAborted(options.signal, () => follow(wakeup, options))
}

async function untilAborted(signal: AbortSignal, work: () => Promise<void>): Promise<void> {
  try {
    await work()
  } catch (error) {
    if (!signal.aborted) throw error
  }
}

async function poll(wakeup: Wakeup, { clock, pollMs, signal }: ObjectWatchOptions): Promise<void> {
  for (;;) {
    await clock.sleep(pollMs, signal)
    wakeup.notify()
  }
}

async function follow(wakeup: Wakeup, options: ObjectWatchOptions): Promise<void> {
  const { clock, signal } = options
  let version = ANY
  let failures = 0
  while (!signal.aborted) {
    const ending = await watchOnce(version, options, (seen) => {
      version = seen ?? version
      failures = 0
      wakeup.notify()
    })
    if (ending === 'gone') version = ANY
    await clock.sleep(backoffMs(BACKOFF, failures), signal)
    if (ending === 'failed') failures += 1
  }
}

/** Watches on one connection, from `version` on. */
async function watchOnce(
  version: string,
  options: ObjectWatchOptions,
  onChange: (version: string | undefined) => void,
): Promise<Ending> {
  const { signal, clock, object } = options
  const limitMs = WATCH_S * 1_000 + GRACE_MS
  const limit = startDeadline({ what: `the end of a watch of ${object}`, limitMs, signal, clock })
  try {
    const answer = await openWatch(version, options, limit.signal)
    if (answer.statusCode !== 200) {
      answer.destroy()
      return answer.statusCode === 410 ? 'gone' : 'failed'
    }
    for await (const line of linesOf(answer)) {
      const { type, object } = JSON.parse(line) as WatchEvent
      if (type === 'ERROR') return object.code === 410 ? 'gone' : 'failed'
      onChange(object.metadata?.resourceVersion)
    }
    return 'ended'
  } catch {
    // Refused, cut, no JSON: whatever it is, a read of the secret meets it too, and reports it.
    return 'failed'
  } finally {
    limit.end()
  }
}

async function openWatch(
  version: string,
  { connect, namespace, object }: ObjectWatchOptions,
  signal: AbortSignal,
): Promise<IncomingMessage> {
  const config = await connect()
  const options: RequestOptions = { headers: {} }
  await config.applyToHTTPSOptions(options)
  if (typeof options.agent === 'object') quieten(options.agent)
  const url = new URL(`/api/v1/namespaces/${namespace}/secrets`, config.getCurrentCluster()?.server)
  const query = {
    watch: 'true',
    fieldSelector: `metadata.name=${object}`,
    timeoutSeconds: String(WATCH_S),
    resourceVersion: version,
  }
  url.search = new URLSearchParams(query).toString()
  return new Promise((resolve, reject) => {
    const request = get(url, { ...options, signal }, resolve)
    request.on('error', reject)
    request.on('socket', (socket) => socket.unref())
  })
}

/** The lines of an answer. Throws at one that is too long to be an event. */
async function* linesOf(answer: IncomingMessage): AsyncGenerator<string> {
  let rest = ''
  for await (const chunk of answer.setEncoding('utf8') as AsyncIterable<string>) {
    const [first = '', ...others] = chunk.split('\n')
    rest += first
    for (const other of others) {
      yield rest
      rest = other
    }
    if (rest.length > MAX_ANSWER_BYTES) throw new Error('a line of the watch is too long')
  }
  if (rest !== '') yield rest
}
