import type pg from 'pg'
import type { LastUses } from './last-uses.ts'
import type { OidcLogin, Person } from './oidc-login.ts'
import type { PageFile } from './page-files.ts'
import type { ProfileOrder } from './profile-order.ts'
import type { OrderedProfile } from './profiles.ts'

/** The parts of the routes. */
export interface RouteParts {
  readonly publicUrl: string
  readonly pool: Pick<pg.Pool, 'query'>
  readonly oidc: OidcLogin
  /** They seal logins: the first one seals, all open. */
  readonly keys: readonly Buffer[]
  /** Issues a profile, once for each key. `admit` is called before a certificate is signed, and may refuse it. */
  readonly issueProfile: (
    person: Person,
    order: ProfileOrder,
    admit: () => Promise<void>,
  ) => Promise<OrderedProfile>
  /** Revokes a profile of the person; false if they have none with that serial. */
  readonly revokeProfile: (person: Person, serial: string) => Promise<boolean>
  /** When profiles were last used, where the VPN servers record that. */
  readonly uses?: Pick<LastUses, 'coverage'> | undefined
  /** How many certificates a person may have in a day. */
  readonly certificatesPerDay: number
  /** The script, the style sheet and the icon, by path. */
  readonly files: ReadonlyMap<string, PageFile>
}
