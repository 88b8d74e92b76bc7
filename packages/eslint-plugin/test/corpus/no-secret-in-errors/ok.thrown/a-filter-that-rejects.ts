import { secret } from '../../secret.ts'
declare const blocklist: { reject(key: string): void }
blocklist.reject(secret.expose())
