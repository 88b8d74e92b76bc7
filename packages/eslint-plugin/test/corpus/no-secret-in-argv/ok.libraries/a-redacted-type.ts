import { secret } from '../../secret.ts'
import { execa } from 'execa'
type Fingerprint = string
declare function identify(key: string): Fingerprint
await execa('revoke', [identify(secret.expose())])
