import { secret } from '../../secret.ts'
export const refused = () => Error('refused: ' + secret.expose())
