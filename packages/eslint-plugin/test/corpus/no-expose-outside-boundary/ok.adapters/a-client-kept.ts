import type { Secret } from '../../secret.ts'
declare class Pool {
  constructor(options: { user: string; password: string })
}
export class Database {
  readonly #pool: Pool
  constructor(user: string, password: Secret) {
    this.#pool = new Pool({ user, password: password.expose() })
  }
  get pool() {
    return this.#pool
  }
}
