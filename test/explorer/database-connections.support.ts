import pg from 'pg'
import { afterEach, beforeEach, vi } from 'vitest'
import { connectingNow } from './database-connections.ts'

/** A client of `pg`, as it is called with promises. */
interface Connecting {
  connect(): Promise<unknown>
  query(text: string): Promise<unknown>
  end(): Promise<void>
}

/** For a test file: a connection of `pg` leads to the model of the rotator that opens it. */
export function useModelConnections(): void {
  beforeEach(() => {
    const identities = new WeakMap<pg.Client, object>()
    const prototype: Connecting = pg.Client.prototype
    vi.spyOn(prototype, 'connect').mockImplementation(async function connect(this: pg.Client) {
      const { user: sessionUser = '', password, port } = this
      const currentUser = await connectingNow()(sessionUser, String(password), port)
      identities.set(this, { currentUser, sessionUser })
      return this
    })
    vi.spyOn(prototype, 'query').mockImplementation(function query(this: pg.Client) {
      return Promise.resolve({ rows: [identities.get(this)] })
    })
    vi.spyOn(prototype, 'end').mockImplementation(function end(this: pg.Client) {
      this.emit('end')
      return Promise.resolve()
    })
  })
  afterEach(() => {
    vi.restoreAllMocks()
  })
}
