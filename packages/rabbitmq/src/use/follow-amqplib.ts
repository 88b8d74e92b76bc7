import { followClient, type LiveSecret } from '@rekey/secret'
import type { FollowedClient } from '@rekey/secret/internal'

/** The part of a connection of amqplib that is used. */
export interface AmqpConnection {
  /** Listens for its end. */
  on(event: 'close' | 'error', listener: () => void): unknown
  /** Closes it, with all its channels. */
  close(): Promise<unknown>
}

/** A connection, and what the service opened on it. */
export interface AmqpClient {
  readonly connection: AmqpConnection
}

/** A client of amqplib that follows its login. */
export type FollowedAmqp<C extends AmqpClient> = FollowedClient<C>

/** How a service opens a connection, and what it does before one is closed. */
export interface FollowAmqpOptions<C extends AmqpClient> {
  /** Connects, and opens channels and consumers. It is called anew for each new login, and where a connection ends by itself. */
  readonly open: (url: string) => Promise<C>
  /** Waits for what an old connection still has to do, such as confirms, before it is closed. Default: nothing. */
  readonly finish?: (client: C) => Promise<void>
}

/** amqplib has no code for it. */
const REFUSED = /\b403 \(ACCESS-REFUSED\)/

/**
 * Opens a connection of amqplib that follows its login through its rotations: the next one is open, with its channels and consumers, before
 * the old one is closed. amqplib itself does not connect again; this does. Reports which logins are in use.
 *
 * @throws what `open` throws at first
 * @example
 * ```ts
 * const broker = await followAmqplib(service.secrets.broker, {
 *   async open(url) {
 *     const connection = await connect(url)
 *     return { connection, channel: await connection.createConfirmChannel() }
 *   },
 *   finish: ({ channel }) => channel.waitForConfirms(),
 * })
 * broker.current.channel.sendToQueue('orders', order)
 * ```
 */
export function followAmqplib<C extends AmqpClient>(
  secret: LiveSecret,
  { open, finish }: FollowAmqpOptions<C>,
): Promise<FollowedAmqp<C>> {
  return followClient(secret, {
    consumer: 'amqplib',
    open: (value) => open(value.expose()),
    isLoginError: (error) => error instanceof Error && REFUSED.test(error.message),
    watch({ connection }, lost) {
      connection.on('close', lost)
      // An error without a listener would end this process; the end of the connection follows it.
      connection.on('error', () => undefined)
    },
    async retire(client) {
      try {
        await finish?.(client)
      } finally {
        await client.connection.close()
      }
    },
  })
}
