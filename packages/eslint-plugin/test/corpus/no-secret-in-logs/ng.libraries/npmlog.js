import { secret } from '../../secret.ts'
import npmlog from 'npmlog'
npmlog.info('auth', 'using key %s', secret.expose())
