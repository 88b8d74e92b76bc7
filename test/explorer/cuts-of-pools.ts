import type { GuardedFile } from './guarded-file.ts'

const SOURCES = 'packages/db-pool-rotator/src'

/** Guards of what uses a login: pools, listeners, and the connections that they open. */
export const GUARDED_POOLS: readonly GuardedFile[] = [
  {
    file: `${SOURCES}/connection/bounded-client.ts`,
    tests: `${SOURCES}/roles/hostile-path.test.ts`,
    guards: [
      [
        'A function of a service does not run as the administrator.',
        'if (this.#catalogOnly) await',
        'if (false) await',
        'S28: a function in the database of a service does not run as its administrator',
      ],
    ],
  },
  {
    file: `${SOURCES}/use/credential-follower.ts`,
    tests: `${SOURCES}/use/rotating-pool-store.test.ts`,
    guards: [
      [
        'A version that a pool has left is asked about before it is used again.',
        'if (this.#left.has(version.version)) await this.#askAgain(signal)\n',
        '',
        'is asked about once more before it is believed',
      ],
      [
        'The end of a pool counts as no fault of its login.',
        'if (!this.#stop.signal.aborted) this.#options.report(',
        'this.#options.report(',
        'fails all who wait when the pool ends, and names no fault for that: the store is silent',
      ],
    ],
  },
  {
    file: `${SOURCES}/use/credential-follower.ts`,
    tests: `${SOURCES}/use/rotating-pool-rejections.test.ts`,
    guards: [
      [
        'A pool goes on with its version where the next one is refused.',
        'await this.#options.prove(version, signal)\n',
        'await this.#options.prove(version, signal).catch(() => undefined)\n',
        'because its password is wrong is reported and not adopted, and no query fails',
      ],
    ],
  },
  {
    file: `${SOURCES}/use/generation-client.ts`,
    tests: `${SOURCES}/use/rotating-pool-rejections.test.ts`,
    guards: [
      [
        'Each session acts as the role of those before it.',
        'if (currentUser !== sessionUser) this.#name ??= currentUser\n',
        '',
        'is not adopted, because its session acts as itself',
      ],
    ],
  },
  {
    file: `${SOURCES}/spec/prove-login.ts`,
    tests: `${SOURCES}/use/rotating-pool-rejections.test.ts`,
    guards: [
      [
        'A session acts as the owner role.',
        'if (ownerRole === undefined || identity.currentUser === ownerRole) return identity',
        'return identity',
        'stops a pool from opening when the owner role is named',
      ],
    ],
  },
  {
    file: `${SOURCES}/use/counting-pool.ts`,
    tests: `${SOURCES}/use/rotating-pool.test.ts`,
    guards: [
      [
        'A connection counts until its socket has ended.',
        'return this._clients.length + this.#closing.size >= this.options.max',
        'return this._clients.length >= this.options.max',
        'opens no connection in place of one that is still closing',
      ],
    ],
  },
  {
    file: `${SOURCES}/use/rotating-pool.ts`,
    tests: `${SOURCES}/use/rotating-pool-store.test.ts`,
    guards: [
      [
        'A pool that was refused does not log in again and again.',
        'return this.#follower.isRecovering || super._isFull()',
        'return super._isFull()',
        'fails all who wait once the budget is over, after few logins',
      ],
    ],
  },
  {
    file: `${SOURCES}/use/replacement.ts`,
    tests: `${SOURCES}/use/rotating-pool-pace.test.ts`,
    guards: [
      [
        'Idle connections are closed at the pace that was asked for.',
        'this.#keep(this.#serving - slice)',
        'this.#keep(0)',
        'closes idle connections a few at a time, and the rest serve on',
      ],
      [
        'A connection in use goes once its successor is there.',
        'this.#keep(this.#listServing().length - this.#listIdle().length)',
        'this.#keep(0)',
        'closes idle connections at once, and has a successor for one in use before that one goes',
      ],
    ],
  },
  {
    file: `${SOURCES}/use/pool-listener.ts`,
    tests: `${SOURCES}/use/open-listener.test.ts`,
    guards: [
      [
        'A listener reports where it may have missed something.',
        'if (!isSeamless) this.#options.onGap?.()\n',
        '',
        'R11: listens again after a restart of the database, and reports that it may have missed something',
      ],
      [
        'A connection that is silent is asked whether it is there.',
        'await this.#active?.check(pause(clock, ANSWER_LIMIT_MS, answered.signal))\n',
        '',
        'notices a connection that has gone without a word',
      ],
    ],
  },
  {
    file: `${SOURCES}/use/subscription.ts`,
    tests: `${SOURCES}/use/open-listener.test.ts`,
    guards: [
      [
        'A notification is delivered by one connection of two.',
        'if (this.#isOver) return\n',
        '',
        'R11: cut again and again while it moves, delivers nothing twice and loses nothing silently',
      ],
    ],
  },
  {
    file: `${SOURCES}/spec/database-url.ts`,
    tests: `${SOURCES}/spec/postgres-login.test.ts`,
    guards: [
      [
        'A login has a password of 32 characters at least.',
        'if (credentials.password.length >= MIN_PASSWORD_LENGTH) return credentials',
        'return credentials',
        'refuses a text cut in its password, without repeating it',
      ],
    ],
  },
  {
    file: `${SOURCES}/postgres-js/rotating-sql.ts`,
    tests: `${SOURCES}/postgres-js/rotating-sql.test.ts`,
    guards: [
      [
        'postgres.js gets a login only once it is proven.',
        'proveLogin(value, ownerRole, { signal, client })',
        'Promise.resolve()',
        'that is wrong is not adopted, and the next one is',
      ],
      [
        'A query that met an old login is not lost.',
        'if (this.#refusals > RETRIES) return false',
        'return false',
        'that is refused is asked for in the store, and no query is lost where that has a newer one',
      ],
      [
        'The end of postgres.js waits for no connection that it has lost.',
        'if (this.#open.size + this.#connecting > 0) looks = 0',
        'looks = 0',
        'whose session is ended by the server fails its query, and `sql` ends',
      ],
    ],
  },
  {
    file: `${SOURCES}/use/credential-follower.ts`,
    tests: `${SOURCES}/postgres-js/rotating-sql.test.ts`,
    guards: [
      [
        'A login that is refused is not tried again where its pool ends meanwhile.',
        'if (!this.#stop.signal.aborted) this.#recovery = undefined',
        'this.#recovery = undefined',
        'that is refused fails its query when `sql` ends as soon as it is asked for, which ends too',
      ],
    ],
  },
  {
    file: `${SOURCES}/postgres-js/login-socket.ts`,
    tests: `${SOURCES}/postgres-js/login-socket.test.ts`,
    guards: [
      [
        'What has to be encrypted is not sent in clear text.',
        'if (!answer.equals(TLS_BEGINS)) throw',
        'if (false) throw',
        'nothing is sent to a server that has no TLS',
      ],
    ],
  },
]
