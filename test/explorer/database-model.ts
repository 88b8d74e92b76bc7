import { createHash, createHmac } from 'node:crypto'
import { parseDatabaseUrl } from '@rekey/db-pool-rotator'
import { answerOf, type Shown } from './database-answers.ts'
import { alter, changeRoles, type RoleModel, type Roles } from './database-roles.ts'
import { FarSideModel } from './far-side-model.ts'
import type { ReplicaModel } from './replica.ts'

/** The role that has the rights of alpha. */
export const OWNER = 'alpha_owner'

/** A login that can act as alpha, and that an operator made. */
const REPORTS = 'alpha_reports'

/** Roles that no rotation of alpha has made. */
const OTHERS: readonly (readonly [string, Partial<RoleModel>])[] = [
  [OWNER, {}],
  ['monitoring', {}],
  ['beta_owner', {}],
  ['beta_owner_g1', { canLogin: true, memberOf: ['beta_owner'] }],
  [REPORTS, { canLogin: true, memberOf: [OWNER] }],
]

/** A login of one version. */
interface Login {
  readonly user: string
  readonly key: string
}

/** The roles that a rotator sees and changes until it commits. */
export interface Transaction {
  readonly base: Roles
  roles: Roles
  saved: Roles
  readonly changes: string[]
}

/** How the server is sabotaged. */
interface Faulty {
  /** It shows no session. */
  readonly isBlind?: boolean | undefined
  /** It makes the first login no member of a role beside its owner. */
  readonly isForgetful?: boolean | undefined
}

/** A database server: its roles, and the sessions that replicas have. */
export class DatabaseModel extends FarSideModel implements Shown {
  /** The versions of sessions that were ended though no key had leaked. */
  readonly cut: string[] = []
  #roles: Roles = new Map()
  #isForgetful: boolean
  readonly #isBlind: boolean
  readonly #rights: string
  readonly #logins = new Map<string, Login>()
  /** The number of the role that a version logged in as, or could. */
  readonly #oids = new Map<string, number>()
  readonly #replicas: readonly ReplicaModel[]

  constructor(
    first: { readonly version: string; readonly value: string },
    replicas: readonly ReplicaModel[],
    { isBlind = false, isForgetful = false }: Faulty,
  ) {
    super('names', first.version, {})
    this.#replicas = replicas
    this.#isBlind = isBlind
    for (const [name, role] of OTHERS) alter(this.#roles, name, role)
    this.learn(first.version, first.value)
    const { user, key } = this.#loginOf(first.version)
    const settings = [`role=${OWNER}`, 'search_path=alpha']
    const verifier = `SCRAM-SHA-256$4096:salt$${key}:key`
    alter(this.#roles, user, { canLogin: true, verifier, settings })
    for (const role of [OWNER, 'monitoring']) changeRoles(this.#roles, grant(role, user))
    this.#rights = this.#rightsOf(first.version)
    this.#isForgetful = isForgetful
    this.#number()
  }

  /** Learns the login of a version. */
  learn(version: string, value: string): void {
    const { user, password } = parseDatabaseUrl(value)
    this.#logins.set(version, { user, key: keyOf(password) })
  }

  get roles(): Roles {
    return this.#roles
  }

  override get accepted(): readonly string[] {
    return [...this.#logins.keys()].filter((version) => this.accepts(version))
  }

  override accepts(version: string): boolean {
    const { user, key } = this.#loginOf(version)
    return this.#lets(user, key)
  }

  /** Whether it lets in who knows this password. */
  letsIn(user: string, password: string): boolean {
    return this.#lets(user, keyOf(password))
  }

  /** The role as which a session of a login acts. */
  actsAs(user: string): string {
    const { settings = [], memberOf = [] } = this.#roles.get(user) ?? {}
    return settings.includes(`role=${OWNER}`) && memberOf.includes(OWNER) ? OWNER : user
  }

  /** The replicas that have a session of a role, by its number. */
  sessionsOf(oid: number): readonly string[] {
    return this.#isBlind ? [] : this.#sessionsOf(oid).map(({ name }) => name)
  }

  /** Ends the sessions of a role. */
  terminate(oid: number): void {
    for (const replica of this.#sessionsOf(oid)) {
      const ended = replica.sessions.filter((version) => this.#oids.get(version) === oid)
      this.cut.push(...ended)
      replica.lose(ended)
    }
  }

  begin(): Transaction {
    const base = new Map(this.#roles)
    return { base, roles: new Map(base), saved: base, changes: [] }
  }

  /** Asks a question within a transaction, or carries out a change. */
  within(transaction: Transaction, text: string, value: unknown): readonly object[] {
    const shown = { roles: transaction.roles, sessionsOf: (oid: number) => this.sessionsOf(oid) }
    const rows = answerOf(shown, text, value)
    if (rows !== undefined) return rows
    if (this.#isForgetful && text.startsWith('grant "monitoring"')) this.#isForgetful = false
    else changeRoles(transaction.roles, text)
    transaction.changes.push(text)
    return []
  }

  /** All changes of a transaction take place, or none: another one has changed the same role meanwhile. */
  commit({ base, roles }: Transaction, isLate: boolean): void {
    const changed = [...new Set([...base.keys(), ...roles.keys()])].filter(
      (name) => base.get(name) !== roles.get(name),
    )
    if (changed.some((name) => base.get(name) !== this.#roles.get(name))) {
      throw new Error('tuple concurrently updated')
    }
    const before = this.accepted
    const next = new Map(this.#roles)
    for (const name of changed) {
      const role = roles.get(name)
      if (role === undefined) next.delete(name)
      else next.set(name, role)
    }
    this.#roles = next
    this.#number()
    for (const version of this.accepted) {
      if (isLate && !before.includes(version)) this.leftOver.add(version)
    }
    for (const version of before) if (!this.accepts(version)) this.leftOver.delete(version)
  }

  /** Whether a version may do what the first one might. */
  hasItsRights(version: string): boolean {
    return this.#rightsOf(version) === this.#rights
  }

  /** A role that no rotation of alpha has made and that is not as it was; a stranger to alpha may be closed after a leak. */
  findHarmed({ isLeaked }: { isLeaked: boolean }): string | undefined {
    const isHarmed = ([name, role]: (typeof OTHERS)[number]) => {
      const found = this.#roles.get(name)
      if (found === undefined) return true
      const mayClose = isLeaked && name === REPORTS
      return found.canLogin !== (role.canLogin ?? false) && !mayClose
    }
    return OTHERS.find(isHarmed)?.[0]
  }

  /** The roles, as far as they decide what can follow. */
  override get state(): unknown {
    const open = Array.from(this.#logins.keys(), (version) => [version, this.accepts(version)])
    const roles = Array.from(this.#roles, ([name, { canLogin, memberOf, settings }]) => {
      return [name, canLogin, memberOf, settings]
    })
    return [roles.toSorted(), open, this.#isForgetful]
  }

  #lets(user: string, key: string): boolean {
    const role = this.#roles.get(user)
    return role?.canLogin === true && role.verifier.includes(`$${key}:`)
  }

  #sessionsOf(oid: number): ReplicaModel[] {
    return this.#replicas.filter(({ sessions }) =>
      sessions.some((version) => this.#oids.get(version) === oid),
    )
  }

  #number(): void {
    for (const version of this.accepted) {
      const role = this.#roles.get(this.#loginOf(version).user)
      if (role !== undefined) this.#oids.set(version, role.oid)
    }
  }

  #rightsOf(version: string): string {
    const { memberOf, settings } = this.#roles.get(this.#loginOf(version).user) ?? {}
    return JSON.stringify([memberOf, settings])
  }

  #loginOf(version: string): Login {
    return this.#logins.get(version) ?? { user: '', key: 'none' }
  }
}

function grant(role: string, member: string): string {
  return `grant "${role}" to "${member}"`
}

/** The key of a verifier (RFC 5802, section 3), where the salted password is its digest. */
function keyOf(password: string): string {
  const salted = createHash('sha256').update(password).digest()
  const clientKey = createHmac('sha256', salted).update('Client Key').digest()
  return createHash('sha256').update(clientKey).digest('base64')
}
