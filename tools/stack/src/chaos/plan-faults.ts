import { type Step, STEPS } from '@rekey/secret/internal/kind'
import { createRandom } from '@rekey/testbed'

/** A fault that is made while a secret is rotated. */
export type Fault =
  | { readonly kind: 'kill-service'; readonly service: string }
  | { readonly kind: 'kill-rotator' }
  | { readonly kind: 'cut-database' }
  | { readonly kind: 'lie-about-key' }
  | { readonly kind: 'lie-about-login' }

/** A fault, and when it is made: as the rotation begins a step. A lie lasts as long as the rotation. */
export interface PlannedFault {
  readonly fault: Fault
  readonly step: Step
}

/** A report is a lie about these secrets, whose far sides show that it is one. */
export const LIED_ABOUT = {
  key: 'api-key signing:certtransparency',
  login: 'database certtransparency',
} as const

const ANYWHERE: readonly Fault[] = [
  { kind: 'kill-service', service: 'certtransparency' },
  { kind: 'kill-service', service: 'frontend' },
  { kind: 'kill-service', service: 'signing' },
  { kind: 'kill-rotator' },
  { kind: 'cut-database' },
]

/** Returns the faults of one round by the secret that is rotated meanwhile: each fault once, placed by chance, the same for the same seed. */
export function planFaults(
  seed: number,
  secrets: readonly string[],
): ReadonlyMap<string, PlannedFault> {
  const random = createRandom(seed)
  const plan = new Map<string, PlannedFault>([
    [LIED_ABOUT.key, { fault: { kind: 'lie-about-key' }, step: 'generate' }],
    [LIED_ABOUT.login, { fault: { kind: 'lie-about-login' }, step: 'generate' }],
  ])
  const places = secrets.filter((secret) => !plan.has(secret))
  for (const fault of ANYWHERE) {
    const [secret] = places.splice(Math.floor(random() * places.length), 1)
    const step = STEPS[Math.floor(random() * STEPS.length)] ?? 'admit'
    if (secret !== undefined) plan.set(secret, { fault, step })
  }
  return plan
}

/** The title of a fault. */
export function describeFault(fault: Fault): string {
  switch (fault.kind) {
    case 'kill-service':
      return `kill -9 of ${fault.service}`
    case 'kill-rotator':
      return 'kill -9 of the rotator'
    case 'cut-database':
      return 'PostgreSQL is stopped, and every session cut'
    case 'lie-about-key':
      return 'a replica of certtransparency reports that it accepts a key that it does not have'
    case 'lie-about-login':
      return 'a replica of certtransparency reports that it left a login that it uses'
  }
}
