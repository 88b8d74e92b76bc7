import { secret } from '../../secret.ts'
import { Analytics } from '@segment/analytics-node'
declare const writeKey: string
const analytics = new Analytics({ writeKey })
analytics.track({ userId: '1', event: 'login', properties: { key: secret.expose() } })
