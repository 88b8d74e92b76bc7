import { secret } from '../../secret.ts'
import { register } from 'prom-client'
register.setDefaultLabels({ service: 'signing', key: secret.expose() })
