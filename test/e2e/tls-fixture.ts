import { type Deployment, parseDeployment } from '@rekey/rekey/internal'
import type { Replica } from '@rekey/secret/internal/kind'

const SERVICE = 'frontend'

/** What the secret of the fixture is called on the command line. */
export const TITLE = `tls ${SERVICE}`

/** The family of a stack with other replicas of frontend. */
export function familyWith(family: Deployment, replicas: readonly Replica[]): Deployment {
  const others = family.fleet.filter(({ service }) => service !== SERVICE)
  return parseDeployment({ ...family, fleet: [...others, ...replicas] }, 'the fixture')
}
