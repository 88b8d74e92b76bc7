import { secret } from '../../secret.ts'
import newrelic from 'newrelic'
newrelic.addCustomAttributes({ area: 'auth', key: secret.expose() })
