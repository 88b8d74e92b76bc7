import type pg from 'pg'
import type { OidcLogin, Person } from './oidc-login.ts'
import type { Profile } from './profiles.ts'

/** The parts of the routes. */
export interface RouteParts {
  readonly publicUrl: string
  readonly pool: Pick<pg.Pool, 'query'>
  readonly oidc: OidcLogin
  readonly issueProfile: (person: Person) => Promise<Profile>
  /** Revokes a profile of the person; false if they have none with that serial. */
  readonly revokeProfile: (person: Person, serial: string) => Promise<boolean>
  /** How many certificates a person may have in a day. */
  readonly certificatesPerDay: number
}
