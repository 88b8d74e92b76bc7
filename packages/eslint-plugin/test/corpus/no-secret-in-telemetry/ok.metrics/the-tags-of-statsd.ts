import { secret } from '../../secret.ts'
import { StatsD } from 'hot-shots'
const statsd = new StatsD()
statsd.increment('logins', 1, [`key:${secret.label}`, `long:${secret.expose().length > 32}`])
