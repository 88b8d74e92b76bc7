import { isEqual } from 'lodash'
import { secret } from '../../secret.ts'

export const check = (given: string) => isEqual(given, secret.expose())
