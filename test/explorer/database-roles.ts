/** A role of the model. */
export interface RoleModel {
  readonly oid: number
  readonly canLogin: boolean
  /** What the server keeps in place of a password. */
  readonly verifier: string
  readonly memberOf: readonly string[]
  /** `search_path=alpha`. */
  readonly settings: readonly string[]
}

/** The roles of a server, by their names. */
export type Roles = Map<string, RoleModel>

type Change = (roles: Roles, first: string, second: string, third: string) => void

const FRESH: Omit<RoleModel, 'oid'> = { canLogin: false, verifier: '', memberOf: [], settings: [] }

/** The statements that change roles, as `@rekey/db-pool-rotator` writes them. */
const CHANGES: readonly (readonly [RegExp, Change])[] = [
  [
    /^(?:create|alter) role "(.+?)" with login password '(.+?)'/,
    (roles, name, verifier) => {
      alter(roles, name, { canLogin: true, verifier })
    },
  ],
  [
    /^alter role "(.+?)" nologin( password null)?$/,
    (roles, name, forgets) => {
      alter(roles, name, { canLogin: false, ...(forgets !== '' && { verifier: '' }) })
    },
  ],
  [
    /^alter role "(.+?)" set "(.+?)" to '(.*)'$/,
    (roles, name, setting, value) => {
      const others = roles.get(name)?.settings.filter((each) => !each.startsWith(`${setting}=`))
      alter(roles, name, { settings: [...(others ?? []), `${setting}=${value}`].toSorted() })
    },
  ],
  [
    /^grant "(.+?)" to "(.+?)"/,
    (roles, role, member) => {
      const { memberOf = [] } = roles.get(member) ?? {}
      alter(roles, member, { memberOf: [...new Set([...memberOf, role])].toSorted() })
    },
  ],
  [
    /^revoke "(.+?)" from "(.+?)"$/,
    (roles, role, member) => {
      const { memberOf = [] } = roles.get(member) ?? {}
      alter(roles, member, { memberOf: memberOf.filter((each) => each !== role) })
    },
  ],
  [/^drop role if exists "(.+?)"$/, (roles, name) => roles.delete(name)],
]

/** Roles get their numbers in the order in which they are made, over all servers: none is given twice. */
let lastOid = 16_384

/** Makes a role, or changes it. */
export function alter(roles: Roles, name: string, change: Partial<RoleModel>): void {
  const { oid = (lastOid += 1), ...found } = roles.get(name) ?? {}
  roles.set(name, { ...FRESH, ...found, ...change, oid })
}

/** Carries out a statement that changes roles. @throws {TypeError} for one that the model does not have */
export function changeRoles(roles: Roles, statement: string): void {
  for (const [pattern, change] of CHANGES) {
    const [, ...parts] = pattern.exec(statement) ?? []
    if (!pattern.test(statement)) continue
    const [first = '', second = '', third = ''] = parts
    change(roles, first, second, third)
    return
  }
  throw new TypeError(`the model has no answer to: ${statement}`)
}
