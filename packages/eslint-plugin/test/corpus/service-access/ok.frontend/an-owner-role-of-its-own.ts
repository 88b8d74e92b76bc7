import { openRotatingPool } from '@rekey/db-pool-rotator'
declare const credentials: never
export const pool = await openRotatingPool({ credentials, ownerRole: 'frontend_owner' })
