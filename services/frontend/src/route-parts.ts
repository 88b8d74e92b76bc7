import type pg from 'pg'
import type { OidcLogin, Person } from './oidc-login.ts'
import type { Profile } from './profiles.ts'

/** The parts of the routes. */
export interface RouteParts {
  readonly publicUrl: string
  readonly pool: Pick<pg.Pool, 'query'>
  readonly oidc: OidcLogin
  readonly issueProfile: (person: Person) => Promise<Profile>
  /** How many certificates a person may have in a day. */
  readonly certificatesPerDay: number
}
