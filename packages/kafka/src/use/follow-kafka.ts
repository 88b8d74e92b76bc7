import { type LiveSecret, within } from '@rekey/secret'
import { openFollowedClient } from '@rekey/secret/internal'
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
  /** Closes it, with all its connections. */
  readonly close: (client: C) => Promise<unknown>
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
  /** Comes true once it is lost. */
  readonly ended: Promise<void>
  /** Closes it once, however often it is called. */
  readonly close: () => Promise<unknown>
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
  { open, close }: FollowKafkaOptions<C>,
): Promise<FollowedKafka<C>> {
  const followed = await openFollowedClient<Opened<C>>(secret, {
    consumer: 'kafka',
    async open(value) {
      const { user: username, password } = parseLogin(value.expose())
      let lost: () => void = () => undefined
      const ended = new Promise<void>((resolve) => (lost = resolve))
      const client = await open({ username, password: password.expose() }, lost)
      let closing: Promise<unknown> | undefined
      return { client, running: new Set(), lost, ended, close: () => (closing ??= close(client)) }
    },
    isLoginError: isLoginRefusal,
    watch(opened, lost) {
      const limit = { what: 'the end of a client of Kafka', limitMs: CLOSE_LIMIT_MS }
      const end = () => within(limit, opened.close).catch(() => undefined)
      void opened.ended.then(end).then(lost)
    },
    async retire(opened) {
      await Promise.allSettled(opened.running)
      await opened.close()
    },
  })
  return {
    async use(work) {
      const { client, running, lost } = followed.current
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
