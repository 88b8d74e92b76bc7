import { followClient, type LiveSecret, SecretError, within } from '@rekey/secret'
import { isLoginRefusal } from '../login-refusal.ts'
import { parseLogin } from '../spec/kafka-login.ts'

/** A login as clients take it in `sasl`, beside the mechanism. */
export interface KafkaLogin {
  readonly username: string
  readonly password: string
}

/** How a service opens and closes its clients of Kafka. */
export interface FollowKafkaOptions<C> {
  /**
   * Opens what is used with one login: a producer, a consumer or both. It is called anew for each new login.
   *
   * @param lost has it closed and opened anew; call it where a consumer ends by itself
   */
  readonly open: (login: KafkaLogin, lost: () => void) => Promise<C>
  /** Closes it, with all its connections. A promise is awaited: `Consumer.close(true)` returns one, though its type has none. */
  readonly close: (client: C) => unknown
  /**
   * Whether a client is closed before the next one is opened: for consumers, so that their group has no two of them at once, and the next one
   * begins where the last one committed. Default false.
   */
  readonly closeFirst?: boolean
}

/** Clients of Kafka that follow their login. */
export interface FollowedKafka<C> extends AsyncDisposable {
  /**
   * Does some work with the client that has the newest login. The client is closed no sooner than the work is done: await all in it.
   *
   * @throws {SecretError} `unreachable` while there is none
   */
  use<T>(work: (client: C) => Promise<T>): Promise<T>
  /** Waits for all work, closes the client, and follows no longer. */
  close(): Promise<void>
}

/** A client, and what is done with it. */
interface Opened<C> {
  readonly client: C
  readonly running: Set<Promise<unknown>>
  readonly lost: () => void
  /** Comes true when it has to be replaced though its login is current. */
  readonly isLost: Promise<void>
  /** Its end, once that has begun. */
  end?: Promise<unknown>
}

const CLOSE_LIMIT_MS = 10_000

/**
 * Has clients of Kafka follow their login through its rotations, by `@platformatic/kafka` or kafkajs. A broker refuses another user on an open
 * connection, so that new clients are opened with each new login; the old ones are closed once their work is done. Reports which logins are in
 * use.
 *
 * @throws what `open` throws at first
 * @example
 * ```ts
 * const kafka = await followKafka(service.secrets.kafka, {
 *   open: async (login) =>
 *     new Producer({ clientId, bootstrapBrokers, tls, sasl: { mechanism: 'SCRAM-SHA-512', ...login } }),
 *   close: (producer) => producer.close(),
 * })
 * await kafka.use((producer) => producer.send({ messages: [{ topic: 'orders', value }], acks: -1 }))
 * ```
 */
export async function followKafka<C>(
  secret: LiveSecret,
  { open, close, closeFirst = false }: FollowKafkaOptions<C>,
): Promise<FollowedKafka<C>> {
  let last: Opened<C> | undefined
  const end = (opened: Opened<C>) =>
    (opened.end ??= Promise.allSettled(opened.running).then(() => close(opened.client)))
  const ended = (opened: Opened<C>) => {
    const limit = { what: 'the end of a client of Kafka', limitMs: CLOSE_LIMIT_MS }
    return within(limit, () => end(opened)).catch(() => undefined)
  }
  const followed = await followClient<Opened<C>>(secret, {
    consumer: 'kafka',
    async open(value) {
      const { user: username, password } = parseLogin(value.expose())
      if (closeFirst && last !== undefined) await ended(last)
      let lost: () => void = () => undefined
      const isLost = new Promise<void>((resolve) => (lost = resolve))
      const client = await open({ username, password: password.expose() }, lost)
      last = { client, running: new Set(), lost, isLost }
      return last
    },
    isLoginError: isLoginRefusal,
    watch(opened, lost) {
      void opened.isLost.then(() => ended(opened)).then(lost)
    },
    async retire(opened) {
      await end(opened)
    },
  })
  return {
    async use(work) {
      const opened = followed.current
      if (opened.end !== undefined) {
        throw new SecretError('unreachable', 'kafka has no connection: it is being opened anew')
      }
      const { client, running, lost } = opened
      const result = work(client)
      running.add(result)
      try {
        return await result
      } catch (error) {
        if (isLoginRefusal(error)) lost()
        throw error
      } finally {
        running.delete(result)
      }
    },
    close: () => followed.close(),
    [Symbol.asyncDispose]: () => followed.close(),
  }
}
