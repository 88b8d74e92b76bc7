import { secret } from '../../secret.ts'
declare const oauth: { setScope(scope: string): void; request(key: string): void }
oauth.setScope('read')
oauth.request(secret.expose())
