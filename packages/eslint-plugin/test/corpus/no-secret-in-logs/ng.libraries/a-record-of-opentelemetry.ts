import { secret } from '../../secret.ts'
import { logs } from '@opentelemetry/api-logs'
const records = logs.getLogger('auth')
records.emit({ severityText: 'INFO', body: `using ${secret.expose()}` })
