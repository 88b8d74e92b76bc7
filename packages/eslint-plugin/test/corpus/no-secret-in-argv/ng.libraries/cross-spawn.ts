import { secret } from '../../secret.ts'
import spawn from 'cross-spawn'
spawn.sync('vault', ['login', secret.expose()], { stdio: 'inherit' })
