import execa from 'execa'
import { secret } from '../../secret.ts'
export const login = () => execa.command(`vault login ${secret.expose()}`)
