// @typed
import { secret } from '../../secret.ts'
const passphrase: any = process.argv.includes('--open') ? undefined : secret
export const length = passphrase?.length
