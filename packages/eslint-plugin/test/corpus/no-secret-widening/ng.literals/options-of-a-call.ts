// @typed
import { secret } from '../../secret.ts'
declare function saveClient(id: string, fields: Record<string, unknown>): Promise<void>
await saveClient('vpn', { secret })
