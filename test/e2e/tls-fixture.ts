import { type Deployment, parseDeployment } from '@rekey/rekey/internal'
import type { Replica } from '@rekey/secret/internal/kind'

const SERVICE = 'frontend'

/** What the secret of the fixture is called on the command line. */
export const TITLE = `tls ${SERVICE}`

/** The family of a stack with other replicas of frontend. */
export function familyWith(
  family: Deployment & { kinds?: unknown },
  replicas: readonly Replica[],
): Deployment {
  const others = family.fleet.filter(({ service }) => service !== SERVICE)
  const declaration = { ...family, fleet: [...others, ...replicas] }
  // The file names their modules; here the kinds stay with the declaration.
  delete declaration.kinds
  return parseDeployment(declaration, 'the fixture')
}
