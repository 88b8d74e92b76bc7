/** A viewer sees everything that the console shows; an operator may also act on it. */
export type Role = 'viewer' | 'operator'

/** A person who logged in. Issuer and subject together name one person for good. */
export interface Operator {
  readonly issuer: string
  readonly subject: string
  /** For people: a user name or an address, which may change. */
  readonly name: string
  /** Absent: no value of the claim gives a role. */
  readonly role?: Role
}

/** A login that was begun: where to send the browser, and what it keeps until the callback. */
export interface BegunLogin {
  readonly url: URL
  /** Sealed: the browser can neither read nor change it. */
  readonly attempt: string
}

/** A login that was finished. */
export interface FinishedLogin {
  readonly operator: Operator
  /** As `begin` was given it. */
  readonly order?: string
}

/** How people log in to a console, and for how long. */
export interface OperatorLogin {
  /** The origin at which browsers reach the console: https, or http on loopback. */
  readonly publicUrl: string
  /** How long a session lasts, in milliseconds; then roles are read anew. */
  readonly sessionMs: number
  /** How long a session lasts that is not used, in milliseconds. A page that is open uses it. */
  readonly idleMs: number
  /** Which values of the claim give a role, for the page of those who have none. */
  readonly demand: string
  /**
   * Begins a login. It keeps nothing here, so no number of logins displaces another.
   *
   * @param order what the login confirms: the provider asks the person to sign in anew (`prompt=login`, `max_age=0`)
   * @throws {SecretError} if the identity provider cannot be used now
   */
  begin(order?: string): Promise<BegunLogin>
  /**
   * Exchanges the code that the browser brought back for the person.
   *
   * @returns undefined if `attempt` was not begun here with the state of the callback, or more than ten minutes ago
   * @throws {SecretError} `refused` if the provider refuses the login, or did not ask the person anew for an order; `malformed` if its answer does
   *   not prove who it is; `unreachable` if it gives none
   */
  finish(callback: URL, attempt: string): Promise<FinishedLogin | undefined>
  /**
   * Finds where a browser signs out at the identity provider; it comes back to `/signed-out` with `state`.
   *
   * @returns undefined if the provider offers none
   * @throws {SecretError} if it does not answer within 3 seconds
   */
  findSignOut(state: string): Promise<URL | undefined>
}
