import type { Claim } from '@rekey/rekey/internal/engine'
export type Held = Claim
