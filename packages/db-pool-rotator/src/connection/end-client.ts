import type pg from 'pg'

/** A server that does not answer a goodbye is hung up on after this. */
const GOODBYE_MS = 5_000

/** Cuts the connection of a client that is being ended, unless the returned function is called in time. */
export function hangUpLater(client: pg.Client): () => void {
  const timer = setTimeout(() => client.connection.stream.destroy(), GOODBYE_MS).unref()
  return () => {
    clearTimeout(timer)
  }
}

/** Ends a connection and resolves when its socket is closed; a server that does not answer cannot hold it open. */
export async function endClient(client: pg.Client): Promise<void> {
  const isClosed = hangUpLater(client)
  try {
    await client.end()
  } finally {
    isClosed()
  }
}
