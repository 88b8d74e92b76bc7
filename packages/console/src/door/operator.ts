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

/** One login that was begun and waits for its callback. */
export interface LoginAttempt {
  readonly state: string
  readonly nonce: string
  readonly verifier: string
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
   * Begins a login: where to send the browser, and what to remember until it comes back.
   *
   * @throws {SecretError} if the identity provider cannot be used now
   */
  begin(): Promise<{ readonly url: URL; readonly attempt: LoginAttempt }>
  /**
   * Exchanges the code that the browser brought back for the person.
   *
   * @throws {SecretError} `refused` if the provider refuses the login, `malformed` if its answer does not prove who it is,
   *   `unreachable` if it gives none
   */
  finish(callback: URL, attempt: LoginAttempt): Promise<Operator>
  /**
   * Finds where a browser signs out at the identity provider; it comes back to `/signed-out` with `state`.
   *
   * @returns undefined if the provider offers none
   * @throws {SecretError} if it does not answer within 3 seconds
   */
  findSignOut(state: string): Promise<URL | undefined>
}
