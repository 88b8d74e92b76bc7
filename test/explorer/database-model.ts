import { createHash, createHmac } from 'node:crypto'
import { parseDatabaseUrl } from '@rekey/db-pool-rotator'
import { answerOf, type Shown } from './database-answers.ts'
import { alter, changeRoles, type RoleModel, type Roles } from './database-roles.ts'
import { FarSideModel } from './far-side-model.ts'
import type { ReplicaModel } from './replica.ts'
import { StandbyModel } from './standby-model.ts'

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

/** Its standby, and how the server is sabotaged. */
interface Setting {
  /** It shows no session. */
  readonly isBlind?: boolean | undefined
  /** Whether a standby follows it. */
  readonly hasStandby?: boolean | undefined
  /** It makes the first login no member of a role beside its owner. */
  readonly isForgetful?: boolean | undefined
}

/** A database server: its roles, and the sessions that replicas have. */
export class DatabaseModel extends FarSideModel implements Shown {
  /** The versions of sessions that were ended though no key had leaked. */
  readonly cut: string[] = []
  readonly standby: StandbyModel | undefined
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
    { isBlind = false, isForgetful = false, hasStandby = false }: Setting,
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
    if (hasStandby) this.standby = new StandbyModel(this.#roles)
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

  /** Whether the standby, if there is one, accepts a version. */
  standbyAccepts(version: string): boolean {
    const { user, key } = this.#loginOf(version)
    return this.#lets(user, key, this.standby?.roles)
  }

  /** A replica reads on the standby with the version in use. */
  readThere(replica: ReplicaModel): void {
    const { version } = replica.held.current
    const oid = this.standby?.roles.get(this.#loginOf(version).user)?.oid
    if (oid !== undefined && this.standbyAccepts(version))
      this.standby?.connect(replica, version, oid)
  }

  override get isSettled(): boolean {
    return super.isSettled && this.standby?.isBehind !== true
  }

  /** Whether it lets in who knows this password, or its standby, by what that has replayed. */
  letsIn(user: string, password: string, roles?: Roles): boolean {
    return this.#lets(user, keyOf(password), roles)
  }

  /** The role as which a session of a login acts. */
  actsAs(user: string, roles: Roles = this.#roles): string {
    const { settings = [], memberOf = [] } = roles.get(user) ?? {}
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
    this.standby?.follow(next)
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
    return [roles.toSorted(), open, this.#isForgetful, ...this.#standbyState]
  }

  get #standbyState(): readonly unknown[] {
    const { standby } = this
    if (standby === undefined) return []
    const versions = [...this.#logins.keys()]
    const accepted = versions.map((version) => [version, this.standbyAccepts(version)])
    return [accepted, standby.end - standby.position, standby.sessions]
  }

  #lets(user: string, key: string, roles = this.#roles): boolean {
    const role = roles.get(user)
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
