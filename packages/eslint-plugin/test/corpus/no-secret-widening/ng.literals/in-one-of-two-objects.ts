// @typed
import { secret } from '../../secret.ts'
const fields: Record<string, unknown> = process.argv.length > 2 ? { secret } : {}
export default fields
