import { secret } from '../../secret.ts'
import { Counter } from 'prom-client'
const requests = new Counter({ name: 'requests', help: 'Requests', labelNames: ['key'] })
requests.inc({ key: secret.expose() })
