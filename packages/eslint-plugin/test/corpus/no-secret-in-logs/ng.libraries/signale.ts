import { secret } from '../../secret.ts'
import { Signale } from 'signale'
const steps = new Signale({ scope: 'rotation' })
steps.pending('admitting %s', secret.expose())
