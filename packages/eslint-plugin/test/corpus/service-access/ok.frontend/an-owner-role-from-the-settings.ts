import { postgresLogin } from '@rekey/db-pool-rotator'
export const database = (role: string) => postgresLogin({ ownerRole: role })
